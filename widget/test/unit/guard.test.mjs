// What needs no browser: messages as the JSON of REST and back, requests by their annotations, the shapes of Zoho's script,
// how keys stand, what an entry of the audit log changed, and command lines.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, equals } from "@bufbuild/protobuf";
import { withSources } from "./load.mjs";

globalThis.window ??= globalThis;

await withSources(
  ["zoho/json.ts", "zoho/rest.ts", "zoho/host.ts", "screens/keys/state.ts", "screens/audit/words.ts", "api/shell.ts", "ui/views.tsx", "gen/sigma/v1/session_pb.ts", "gen/sigma/v1/mapping_pb.ts", "gen/sigma/v1/run_pb.ts", "gen/sigma/v1/record_pb.ts", "gen/sigma/v1/person_pb.ts", "gen/sigma/v1/access_pb.ts", "gen/sigma/v1/module_pb.ts", "api/failure.ts"],
  (json, rest, host, keys, audit, shell, views, sessions, mappings, runs, records, people, access, modules) => {
    test("members in place, times and absences are read as the gateway writes them", () => {
      const answer = { session_id: "s", tenant_id: "t", key_id: "k", role: "viewer", actor: "crm:1", modules: ["students"], origin: null, reason: null, created_at: "2026-11-30T10:00:00.500000+00:00", expires_at: "2026-11-30T10:15:00.500000+00:00", is_pending: false, token: "et_x", code: "" };
      const opened = json.read(sessions.CreateSessionResponseSchema, answer);
      assert.equal(opened.token, "et_x");
      assert.equal(opened.session.tenantId, "t");
      assert.deepEqual(opened.session.modules, ["students"]);
      assert.equal(opened.session.origin, undefined);
      assert.equal(Number(opened.session.expiresAt.seconds) - Number(opened.session.createdAt.seconds), 900);
      assert.equal(opened.session.createdAt.nanos, 500_000_000);
    });

    test("every message of the API is the same after it was written and read", () => {
      for (const file of [mappings.file_sigma_v1_mapping, runs.file_sigma_v1_run, records.file_sigma_v1_record, people.file_sigma_v1_person, access.file_sigma_v1_access, modules.file_sigma_v1_module]) {
        for (const shape of file.messages) {
          const message = create(shape, sample(shape, 0));
          const back = json.read(shape, JSON.parse(JSON.stringify(json.write(shape, message))));
          assert.ok(equals(shape, message, back), `${shape.typeName}: ${JSON.stringify(json.write(shape, message))}`);
        }
      }
    });

    test("a call becomes the path, the query and the body of its annotation", () => {
      const { getRecord } = records.RecordService.method;
      assert.deepEqual(rest.requestOf(getRecord, { moduleName: "students", zohoId: "a/b?" }), { method: "GET", path: "/v1/extension/records/students/a%2Fb%3F" });
      const { listRuns, triggerRun } = runs.SyncRunService.method;
      assert.deepEqual(rest.requestOf(listRuns, { module: "students", limit: 5 }), { method: "GET", path: "/v1/extension/runs?module=students&limit=5" });
      assert.deepEqual(rest.requestOf(triggerRun, { moduleName: "students", ids: ["1"] }), { method: "POST", path: "/v1/extension/sync/students/run", body: '{"ids":["1"]}' });
    });

    test("an answer that is no JSON, a refusal without a status and a refusal with one are failures, never successes", async () => {
      const { getRecord } = records.RecordService.method;
      const via = (answer) => rest.restWay("test", async () => answer).call(getRecord, { moduleName: "students", zohoId: "1" }, undefined);
      await assert.rejects(via({ status: 200, text: "<html>Sign in</html>" }), { kind: "foreign" });
      await assert.rejects(via({ status: undefined, text: '{"detail":"Not for this role"}' }), { message: "Not for this role" });
      await assert.rejects(via({ status: 401, text: '{"detail":"over"}', headers: { "x-sigma-error": "AUTH_SESSION_ENDED" } }), { kind: "session", code: "AUTH_SESSION_ENDED" });
      await assert.rejects(via({ status: 422, text: '{"detail":[{"loc":["body","name"],"msg":"too long"}]}' }), (failure) => failure.kind === "invalid" && failure.fields[0].field === "name");
      const record = await via({ status: undefined, text: '{"module_name":"students","zoho_id":"1","state":"unseen","module_enabled":true,"waits":[]}' });
      assert.equal(record.state, "unseen");
    });

    test("ids and people of Zoho are read in both of their shapes, and nothing else is", () => {
      assert.deepEqual(host.idsOf("415"), ["415"]);
      assert.deepEqual(host.idsOf(["415", "416"]), ["415", "416"]);
      assert.deepEqual(host.idsOf([{ id: "415" }, "../x", null]), []);
      assert.deepEqual(host.idsOf(undefined), []);
      assert.equal(host.userOf({ users: [{ locale: "ar_EG" }] }).locale, "ar_EG");
      assert.equal(host.userOf({ locale: "ar_EG" }).locale, "ar_EG");
      assert.deepEqual(host.userOf(null), {});
      assert.deepEqual(host.userOf({ users: [] }), {});
    });

    test("a key is the last owner key by the rule of the server", () => {
      const now = Date.parse("2026-11-30T00:00:00Z");
      const at = (text) => ({ seconds: BigInt(Date.parse(text) / 1000), nanos: 0 });
      const key = (keyId, more = {}) => create(access.KeySchema, { keyId, roles: ["owner"], ...more });
      const first = key("a");
      assert.equal(keys.isLast(first, [first], now), true);
      assert.equal(keys.isLast(first, [first, key("b")], now), false);
      assert.equal(keys.isLast(first, [first, key("b", { onlyMint: true })], now), true, "one that only opens sessions does not count");
      assert.equal(keys.isLast(first, [first, key("b", { expiresAt: at("2027-01-01T00:00:00Z") })], now), true, "one that ends does not replace one that does not");
      assert.equal(keys.isLast(key("v", { roles: ["viewer"] }), [first], now), false);
      assert.deepEqual(keys.keyWords(key("c", { expiresAt: at("2026-12-05T00:00:00Z") }), now), ["expiring", "unused"]);
      assert.deepEqual(keys.keyWords(key("d", { expiresAt: at("2026-11-29T00:00:00Z") }), now)[0], "expired");
    });

    test("an entry tells what differs, whichever form it has", () => {
      assert.deepEqual(audit.changesIn({ before: { enabled: true, same: 1 }, after: { enabled: false, same: 1 } }), [{ field: "enabled", before: true, after: false }]);
      assert.deepEqual(audit.changesIn({ before: undefined, after: { name: ["a", "b"] } }), [{ field: "name", before: "a", after: "b" }]);
      assert.deepEqual(audit.changesIn({ before: undefined, after: { name: "b" } }), [{ field: "name", before: undefined, after: "b" }]);
    });

    test("a command is quoted where a shell would read it otherwise", () => {
      assert.equal(shell.commandLine(["keys", "create"], { name: "it's; rm -rf", roles: "viewer", "only-mint": true, from: undefined }), "sigma-sync keys create --name 'it'\\''s; rm -rf' --roles viewer --only-mint");
      assert.equal(shell.quoted("$(x)"), "'$(x)'");
    });

    test("a saved view leaves out the place in the list", () => {
      assert.equal(views.filterText({ module: "students", page: "abc", entry: "x", q: "سارة" }), "module=students&q=%D8%B3%D8%A7%D8%B1%D8%A9");
    });
  },
);

/** A message with a value in every field; lists have two elements, deep ones none. */
function sample(shape, depth) {
  const values = {};
  for (const field of shape.fields) {
    const one = (place) => {
      if (field.message) {
        if (field.message.typeName === "google.protobuf.Timestamp") return { seconds: 1_764_000_000n + BigInt(place), nanos: 0 };
        if (field.message.typeName === "google.protobuf.Struct") return { [`k${place}`]: [1, "x", null] };
        return create(field.message, depth > 3 ? {} : { ...sample(field.message, depth + 1), ...keyed(field.message, place) });
      }
      if (field.enum) return field.enum.values.at(-1).number;
      return { 1: 1.5, 3: 7n, 4: 7n, 5: 7, 8: true, 9: `t${place}`, 13: 7 }[field.scalar] ?? 7;
    };
    if (field.fieldKind === "list") values[field.localName] = depth > 3 ? [] : [one(0), one(1)];
    else if (!(field.message && depth > 3)) values[field.localName] = one(0);
  }
  return values;
}

// Elements of a list that is an object by a key have keys of their own.
function keyed(shape, place) {
  const text = shape.fields.find((field) => field.scalar === 9 && field.fieldKind !== "list");
  return text ? { [text.localName]: `key${place}` } : {};
}
