// The forms of the connections: data centres, secrets that a new address needs, what is sent, and the lists of the help.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withSources } from "./load.mjs";

const repository = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");

await withSources(["screens/connections/form.ts", "gen/sigma/v1/settings_pb.ts", "screens/connections/help.tsx"], async (form, proto, help) => {
  const { create } = await import("@bufbuild/protobuf");
  const settings = create(proto.SettingsSchema, {
    moodleBaseUrl: "https://lms.example.edu",
    moodleApiTokenSet: true,
    zohoApiDomain: "https://www.zohoapis.eu",
    zohoAccountsUrl: "https://accounts.zoho.eu",
    zohoClientSecretSet: true,
    zohoRefreshTokenSet: true,
    zohoDailyCredits: 5000n,
  });
  const saved = form.textsOf(settings);

  test("each data centre is found again by its addresses", () => {
    for (const { code } of form.CENTRES) {
      for (const kind of form.KINDS) {
        const { api, accounts } = form.addressesOf(code, kind);
        assert.deepEqual(form.centreOf(api, accounts), { code, kind });
        assert.deepEqual(form.centreOf(`${api.replace("https://", "")}/`, accounts), { code, kind });
      }
    }
    assert.deepEqual(form.centreOf("", ""), { code: "us", kind: "www" });
    assert.equal(form.centreOf("https://www.zohoapis.eu", "https://accounts.zoho.com"), undefined);
    assert.equal(form.centreOf("http://127.0.0.1:1", "http://127.0.0.1:1"), undefined);
  });

  test("the data centres are those of the documentation", () => {
    const rows = [...repository("docs/src/zoho.md").matchAll(/^\| [A-Z][\w ]+ \| `(accounts\.[\w.]+)`[^|]* \| `www\.(zohoapis\.[\w.]+)`/gm)];
    assert.deepEqual(rows.map(([, accounts, api]) => [`https://${accounts}`, api]), form.CENTRES.map(({ accounts, api }) => [accounts, api]));
  });

  test("another scheme, host or port asks for the secrets anew; a path does not", () => {
    const strays = (patch, given = {}) => form.straySecrets(settings, { ...saved, ...patch }, given);
    assert.deepEqual(strays({}), []);
    assert.deepEqual(strays({ moodle_base_url: "https://LMS.example.edu/moodle/" }), []);
    for (const url of ["http://lms.example.edu", "https://lms.example.edu:8443", "https://lms2.example.edu"]) {
      assert.deepEqual(strays({ moodle_base_url: url }), ["moodle_api_token"]);
      assert.deepEqual(strays({ moodle_base_url: url }, { moodle_api_token: "t" }), []);
      assert.deepEqual(strays({ moodle_base_url: url }, { moodle_api_token: "  " }), ["moodle_api_token"]);
    }
    assert.deepEqual(strays({ moodle_base_url: "" }), []);
    assert.deepEqual(strays({ zoho_api_domain: "https://sandbox.zohoapis.eu" }, { zoho_client_secret: "s" }), ["zoho_refresh_token"]);
    const bare = create(proto.SettingsSchema, {});
    assert.deepEqual(form.straySecrets(bare, { ...form.textsOf(bare), moodle_base_url: "https://x.example" }, {}), []);
  });

  test("a value that is the stored one is no edit, and a change from elsewhere is noticed", () => {
    let edit = form.withValue(undefined, saved, "zoho_client_id", "a");
    edit = form.withValue(edit, saved, "zoho_client_id", "");
    assert.ok(form.isEmpty(edit));
    edit = form.withValue(undefined, saved, "zoho_client_id", "mine");
    assert.deepEqual(form.conflictsOf(edit, saved), []);
    assert.deepEqual(form.conflictsOf(edit, { ...saved, zoho_client_id: "theirs" }), ["zoho_client_id"]);
    assert.deepEqual(form.conflictsOf(edit, { ...saved, zoho_client_id: "mine" }), []);
    assert.deepEqual(form.conflictsOf(edit, { ...saved, time_zone: "Asia/Amman" }), []);
  });

  test("only what was changed is sent, numbers as numbers, secrets without the spaces of pasting", () => {
    assert.deepEqual(form.updateOf({ zoho_daily_credits: "", keep_days: "30", moodle_base_url: " https://x.example " }, { moodle_api_token: " t\n", zoho_client_secret: "" }), {
      zohoDailyCredits: 0n,
      keepDays: 30,
      moodleBaseUrl: "https://x.example",
      moodleApiToken: "t",
    });
    assert.equal(form.trialOf({ values: { time_zone: "UTC" }, base: {} }), undefined);
    assert.deepEqual(form.trialOf({ values: { moodle_base_url: "https://x.example" }, base: {}, secrets: { moodle_api_token: "t" } }), { moodleBaseUrl: "https://x.example", moodleApiToken: "t" });
  });

  test("the help lists the functions and scopes that the connectors use", () => {
    const table = /const NEEDS:[^=]*= \[([\s\S]*?)\n\];/.exec(repository("src/connectors/moodle/need.rs"))[1];
    const named = [...table.matchAll(/\(\s*(?:"([a-z_]+)"|SITE_INFO),/g)].map(([, name]) => name ?? "core_webservice_get_site_info");
    assert.deepEqual(help.FUNCTIONS, named);
    const sentence = /The scopes that a connection needs: ([\s\S]*?)\.\n/.exec(repository("docs/src/zoho.md"))[1];
    assert.deepEqual(help.SCOPES, [...sentence.matchAll(/`([^`]+)`/g)].map(([, scope]) => scope));
  });
});
