// The parts of the page that need no browser: addresses, gaps of sentences, numbers as people type them, waits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withSources } from "./load.mjs";

await withSources(
  ["app/address.ts", "api/gaps.ts", "ui/sheet.tsx", "api/events.ts", "ui/basic.tsx", "screens/run/start.tsx", "screens/run/failures.tsx", "text/format.ts", "text/prefs.ts", "api/command.ts", "gen/sigma/v1/settings_pb.ts", "api/session.ts", "api/access.ts", "gen/sigma/v1/run_pb.ts", "app/screens.ts"],
  (address, gaps, sheet, events, basic, start, failures, format, prefs, command, settings, session, access, run, screens) => {
    test("an address is read and written without loss", () => {
      const read = address.parseAddress("#/runs?status=failed&module=students");
      assert.deepEqual(read, { path: "/runs", query: { status: "failed", module: "students" } });
      assert.equal(address.writeAddress(read.path, read.query), "#/runs?status=failed&module=students");
      assert.equal(address.writeAddress("/runs", { status: "", module: undefined }), "#/runs");
      const odd = { q: "سارة & <b>=?#" };
      assert.deepEqual(address.parseAddress(address.writeAddress("/people", odd)).query, odd);
    });

    test("a screen is found by its path, with its parameters", () => {
      assert.deepEqual(screens.screenOf("/runs/a%2Fb").params, { run: "a/b" });
      assert.equal(screens.screenOf("/runs/x/held").screen.path, "/runs/:run/held");
      assert.equal(screens.screenOf("/nothing"), undefined);
    });

    test("what filled a sentence is found again", () => {
      const template = "The required field {field} has no value: {reason}.";
      const remedy = "Map the field, set a default value, or fill in the field in Zoho.";
      const said = "the required field academic_email has no value: Academic_Email is empty; map the field, set a default value, or fill in the field in Zoho";
      assert.deepEqual(gaps.gapsIn(template, said, remedy), { field: "academic_email", reason: "Academic_Email is empty" });
      assert.deepEqual(gaps.gapsIn(template, "the required field x has no value: y", remedy), { field: "x", reason: "y" });
      assert.equal(gaps.gapsIn(template, "something else", remedy), undefined);
      assert.deepEqual(gaps.gapsIn("A {a} is a {a}.", "a dog is a dog"), { a: "dog" });
      assert.equal(gaps.gapsIn("A {a} is a {a}.", "a dog is a cat"), undefined);
      assert.equal(gaps.fillGaps("{a} and {b}", { a: "x" }, (value) => `[${value}]`), "[x] and …");
    });

    test("a number is read as it is typed in either script", () => {
      for (const typed of ["412", " 412 ", "٤١٢", "۴۱۲"]) assert.equal(sheet.readNumber(typed), 412);
      assert.equal(sheet.readNumber("1,204"), 1204);
      assert.equal(sheet.readNumber("١٬٢٠٤"), 1204);
      for (const typed of ["", "-1", "4.5", "all", "1e3", "9999999999"]) assert.equal(sheet.readNumber(typed), undefined);
    });

    test("ids are read as they are pasted", () => {
      assert.deepEqual(start.readIds("1, 2\n3;4،1  5"), ["1", "2", "3", "4", "5"]);
      assert.deepEqual(start.readIds("  "), []);
    });

    test("the wait between tries grows to half a minute and no further", () => {
      assert.equal(events.waitBefore(0, 1), 1000);
      assert.equal(events.waitBefore(3, 1), 8000);
      assert.equal(events.waitBefore(40, 1), 30_000);
      assert.ok(events.waitBefore(5, 0) >= 0.7 * 30_000);
    });

    test("only an address of the web becomes a link", () => {
      assert.equal(basic.safeHref("https://moodle.example.org/user/view.php?id=1"), "https://moodle.example.org/user/view.php?id=1");
      for (const bad of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "//host", "not one", ""]) assert.equal(basic.safeHref(bad), undefined);
    });

    test("groups of one code are one cause, the largest failure first", () => {
      const group = (status, code, count) => ({ status, code, count: BigInt(count), retry: "now", samples: [] });
      const causes = failures.causesOf([group("NEW", "", 5), group("WARNED", "W", 90), group("FAILED", "A", 3), group("FAILED", "B", 4), group("FAILED", "A", 2)]);
      assert.deepEqual(causes.map(({ code, count }) => [code, count]), [["A", 5], ["B", 4], ["W", 90]]);
    });

    test("numbers are written in the digits that were chosen", () => {
      prefs.language.value = "ar";
      prefs.digits.value = "arab";
      assert.equal(format.num(12345), "١٢٬٣٤٥");
      prefs.digits.value = "latn";
      assert.equal(format.num(12345), "12,345");
      prefs.language.value = "en";
      prefs.digits.value = "auto";
      assert.equal(format.num(12345n), "12,345");
      assert.equal(format.span(1200), "1.2 secs");
      assert.equal(format.percent(0.5).replace(/[\u2068\u2069]/g, ""), "50%");
    });

    test("a call as a command has no secret in it", () => {
      const method = settings.SettingsService.method.updateSettings;
      const text = command.commandOf(method, { moodleBaseUrl: "https://it's.example", moodleApiToken: "topsecret" });
      assert.ok(text.startsWith("sigma-sync call SettingsService/UpdateSettings -d '"));
      assert.ok(!text.includes("topsecret"));
      assert.ok(text.includes("it'\\''s"));
      const draft = command.commandOf(settings.SettingsService.method.testConnection, { provider: "zoho", draft: { zohoClientSecret: "topsecret" } });
      assert.ok(!draft.includes("topsecret"));
    });

    test("roles decide what may be pressed", () => {
      const start = run.SyncRunService.method.triggerRun;
      assert.equal(access.may(start), false);
      const as = (role, modules = []) => session.openSession({ role, modules }, "et_x");
      as("viewer");
      assert.equal(access.may(start), false);
      assert.equal(access.may(run.SyncRunService.method.listRuns), true);
      assert.equal(access.leastRole(start), "operator");
      as("operator", ["students"]);
      assert.equal(access.may(start, "students"), true);
      assert.equal(access.may(start, "payments"), false);
      assert.equal(access.may(settings.SettingsService.method.updateSettings), false);
    });

    test("a code is taken out of the address", () => {
      location.hash = "#code=abcdefgh12345678&to=%2Fruns%3Fstatus%3Dfailed";
      assert.equal(session.takeCode(), "abcdefgh12345678");
      assert.equal(location.hash, "#/runs?status=failed");
      location.hash = "#code=short";
      assert.equal(session.takeCode(), undefined);
    });
  },
);

test("the way of a run: outcomes stored at once are one step, and the end is one as well", async () => {
  await withSources(["screens/run/timeline.tsx"], ({ stepsOf }) => {
    const start = new Date("2026-01-01T10:00:00Z");
    const at = (ms) => new Date(start.getTime() + ms);
    const moments = [[1000, 1], [1000, 100], [3000, 300]].map(([ms, done]) => ({ at: at(ms), done: BigInt(done) }));
    const steps = (...args) => stepsOf(...args).map(({ ms, done, rate }) => [ms, done, rate]);
    assert.deepEqual(steps(start, moments, at(4000)), [[0, 0, 0], [1000, 100, 100], [3000, 300, 100], [4000, 300, 0]]);
    assert.deepEqual(steps(start, moments), [[0, 0, 0], [1000, 100, 100], [3000, 300, 100]]);
    // A clock that was set back between two outcomes does not turn the way round.
    assert.deepEqual(steps(start, [...moments, { at: at(2000), done: 400n }]).map(([ms]) => ms), [0, 1000, 3000]);
    assert.deepEqual(steps(start, []), [[0, 0, 0]]);
  });
});
