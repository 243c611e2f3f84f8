// The set of mapping rows as the editor has it: nothing is lost on the way through, steps, differences, merges.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withSources } from "./load.mjs";

await withSources(
  ["screens/mapping/set.ts", "gen/sigma/v1/mapping_pb.ts", "screens/mapping/tests.ts", "screens/mapping/source.tsx", "screens/mapping/parameter.tsx"],
  async (set, proto, tests, source, parameter) => {
    const { create, toBinary, fromBinary, toJson } = await import("@bufbuild/protobuf");
    const row = (to, from, more = {}) => ({ key: to, to, from, required: false, rules: {}, ...more });

    test("a row goes back as it came: default, parameters, unknown members", () => {
      const stored = create(proto.MappingSchema, {
        canonicalField: "status",
        zohoFieldApiName: "Status",
        required: true,
        defaultValue: "Active",
        onInvalid: "drop",
        transformRules: { type: "value_map", params: { map: { نشط: "Active", Left: null }, else: "keep" }, description: "why", later: { kept: [1] } },
      });
      // A member that a newer server has: number 90, a text.
      stored.$unknown = [{ no: 90, wireType: 2, data: new Uint8Array([2, 104, 105]) }];
      const [edited] = set.rowsOf([stored]);
      const kept = JSON.parse(JSON.stringify(edited));
      const sent = set.inputOf(kept);
      assert.deepEqual(toJson(proto.MappingInputSchema, sent), toJson(proto.MappingSchema, stored));
      assert.deepEqual([...toBinary(proto.MappingInputSchema, sent)].sort(), [...toBinary(proto.MappingSchema, stored)].sort());
      const again = fromBinary(proto.MappingSchema, toBinary(proto.MappingInputSchema, sent));
      assert.equal(again.$unknown.length, 1);
      assert.equal(again.$unknown[0].no, 90);
    });

    test("absent members stay absent", () => {
      const sent = set.inputOf(set.rowsOf([create(proto.MappingSchema, { canonicalField: "a", zohoFieldApiName: "A", transformRules: {} })])[0]);
      assert.equal(sent.defaultValue, undefined);
      assert.equal(sent.onInvalid, undefined);
      assert.deepEqual(sent.transformRules, {});
    });

    test("steps are read from one transform and from a chain, and written back", () => {
      const single = { type: "truncate", params: { max: 20 }, description: "short" };
      assert.deepEqual(set.stepsOf({}), []);
      assert.deepEqual(set.stepsOf(single), [{ type: "truncate", params: { max: 20 } }]);
      assert.deepEqual(set.withSteps(single, set.stepsOf(single)), single);
      const chain = set.withSteps(single, [...set.stepsOf(single), { type: "lower" }]);
      assert.deepEqual(chain, { type: "chain", params: { steps: [{ type: "truncate", params: { max: 20 } }, { type: "lower" }] }, description: "short" });
      assert.deepEqual(set.stepsOf(chain), chain.params.steps);
      assert.deepEqual(set.withSteps(chain, set.stepsOf(chain)), chain);
      assert.deepEqual(set.withSteps(chain, [{ type: "lower" }]), { type: "lower", description: "short" });
      assert.deepEqual(set.withSteps(chain, []), { type: "value", description: "short" });
      assert.deepEqual(set.withSteps({ type: "lower" }, []), {});
      // A member of a step and of a chain that the page does not know stays.
      const odd = { type: "chain", params: { steps: [{ type: "lower", note: 1 }, { type: "trim" }], limit: 3 }, by: "x" };
      assert.deepEqual(set.withSteps(odd, set.moved(set.stepsOf(odd), 0, 1)), { type: "chain", params: { limit: 3, steps: [{ type: "trim" }, { type: "lower", note: 1 }] }, by: "x" });
      assert.deepEqual(set.withSteps(odd, [{ type: "lower", note: 1 }]).params.steps, [{ type: "lower", note: 1 }]);
    });

    test("a parameter is set and left out without touching the others", () => {
      const step = { type: "trim", params: { collapse: true, other: [1] } };
      assert.deepEqual(set.withParam(step, "collapse", undefined), { type: "trim", params: { other: [1] } });
      assert.deepEqual(set.withParam({ type: "trim" }, "collapse", false), { type: "trim", params: { collapse: false } });
      assert.deepEqual(set.withParam({ type: "trim", params: { collapse: false } }, "collapse", undefined), { type: "trim" });
      assert.deepEqual(["5", "05", "-1.5", "true", "first", "1e3", ""].map(parameter.scalarOf), [5, "05", -1.5, true, "first", "1e3", ""]);
    });

    test("differences name what changed, and moves only where nothing else did", () => {
      const before = [row("a", "A"), row("b", "B", { fallback: "x" }), row("c", "C"), row("d", "D")];
      assert.deepEqual(set.differences(before, before.map((one) => ({ ...one, rules: {} }))), []);
      const after = [row("c", "C"), row("b", "B", { required: true }), row("e", "E"), row("a", "A")];
      const found = set.differences(before, after).map((change) => [change.to, change.kind, change.members.join()]);
      assert.deepEqual(found, [
        ["c", "moved", ""],
        ["b", "changed", "required,fallback"],
        ["e", "added", ""],
        ["a", "moved", ""],
        ["d", "removed", ""],
      ]);
      assert.deepEqual(set.differences([row("a", "A", { rules: { type: "x", params: { p: 1, q: 2 } } })], [row("a", "A", { rules: { params: { q: 2, p: 1 }, type: "x" } })]), []);
    });

    test("two edits of different fields are kept both; of the same field they are not", () => {
      const base = [row("a", "A"), row("b", "B"), row("c", "C")];
      const mine = [row("a", "A2"), row("b", "B"), row("n", "N")];
      const theirs = [row("a", "A"), row("b", "B2"), row("c", "C"), row("m", "M")];
      assert.deepEqual(set.merged(base, mine, theirs).map((one) => `${one.to}=${one.from}`), ["a=A2", "b=B2", "m=M", "n=N"]);
      assert.equal(set.merged(base, mine, [row("a", "A3"), row("b", "B"), row("c", "C")]), undefined);
      assert.equal(set.merged(base, mine, [row("b", "B"), row("c", "C")]), undefined);
      assert.ok(set.merged(base, mine, [row("a", "A2"), row("b", "B"), row("c", "C")]));
    });

    test("rows that the server would refuse are found at once", () => {
      const faults = set.localFaults([row("a", "A"), { ...row("a", "B"), key: "k2" }, { ...row("", "B"), key: "k3" }, row("d", "  ")]);
      assert.deepEqual([...faults], [["a", "twice"], ["k2", "twice"], ["k3", "no_target"], ["d", "no_source"]]);
    });

    test("a test is sent only when both of its texts are objects", () => {
      const [stored] = tests.testRowsOf([create(proto.MappingTestSchema, { name: "n", given: { A: 1 }, expect: { b: null } })]);
      assert.deepEqual(toJson(proto.MappingTestSchema, tests.testsOf([stored])[0]), { name: "n", given: { A: 1 }, expect: { b: null } });
      assert.equal(tests.testsOf([{ ...stored, given: "{" }]), undefined);
      assert.equal(tests.testsOf([{ ...stored, expect: "[]" }]), undefined);
      assert.equal(tests.testsOf([{ ...stored, expect: "{", error: "X" }])[0].expectError, "X");
    });

    test("fields are found by label, API name and type, those that begin with the text first", () => {
      const field = (apiName, label, type) => ({ apiName, label, type });
      const all = [field("Academic_Email", "School address", "email"), field("Email", "E-mail", "email"), field("Phone", "هاتف", "phone")];
      assert.deepEqual(source.findFields(all, "email").map((one) => one.apiName), ["Email", "Academic_Email"]);
      assert.deepEqual(source.findFields(all, "هات").map((one) => one.apiName), ["Phone"]);
      assert.equal(source.findFields(all, " ").length, 3);
      assert.equal(source.findFields(all, "nothing").length, 0);
    });
  },
);
