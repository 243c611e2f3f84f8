// The connections, driven with the real server: tests in stages, secrets that never come back, drafts, roles.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callMethod, look, sandbox } from "../lib/look.mjs";
import { openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

let school;
let browser;
before(async () => {
  school = await startSchool();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await school?.stop();
});

const card = (page, name) => page.getByRole("region", { name, exact: true });
const open = async (options = {}) => {
  const page = await openPage(browser, school, { to: "/connections", ...options });
  await visit(page, "/connections");
  return page;
};

async function tested(page, name, label = /^Test/) {
  await card(page, name).getByRole("button", { name: label }).click();
  await page.waitForFunction((name) => document.querySelectorAll(`section[aria-label="${name}"] .stage[data-state]:not([data-state=""])`).length === 4, name);
  await settle(page);
  return card(page, name).locator(".stage").evaluateAll((rows) => rows.map((row) => row.dataset.state));
}

test("a wrong token is named with its remedy, and the right one passes and is stored", async () => {
  const page = await open();
  const moodle = card(page, "Moodle");
  await moodle.getByRole("button", { name: "Replace: Web service token" }).click();
  await moodle.getByLabel("Web service token").fill("0123456789abcdef0123456789abcdef");
  assert.deepEqual(await tested(page, "Moodle"), ["passed", "failed", "not_tried", "not_tried"]);
  const stage = moodle.locator('[data-stage="sign_in"]');
  assert.match(await stage.innerText(), /token/i);
  assert.ok((await stage.locator(".said").count()) >= 2, "a sentence and a remedy");
  await look(page, "connections-wrong-token-en-1280-light");
  // Nothing was stored by the test: the stored token still works.
  await moodle.getByRole("button", { name: "Discard" }).click();
  assert.deepEqual(await tested(page, "Moodle"), ["passed", "passed", "passed", "passed"]);
  await moodle.getByRole("button", { name: "Replace: Web service token" }).click();
  await moodle.getByLabel("Web service token").fill("sandbox-moodle");
  await moodle.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The settings are saved.").waitFor();
  await moodle.getByRole("button", { name: "Replace: Web service token" }).waitFor();
  assert.equal(await moodle.locator("input[type=password]").count(), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("each missing function and scope is named, with its modules and where to add it", async () => {
  await sandbox(school, { missing_functions: ["core_user_create_users", "core_cohort_search_cohorts"], missing_scopes: ["ZohoCRM.settings.fields.READ"] });
  try {
    const page = await open();
    assert.equal((await tested(page, "Moodle"))[2], "failed");
    const access = card(page, "Moodle").locator('[data-stage="access"]');
    for (const name of ["core_user_create_users", "core_cohort_search_cohorts"]) assert.equal(await access.locator(".missing li .id", { hasText: name }).count(), 1);
    assert.match(await access.locator(".missing li", { hasText: "core_user_create_users" }).innerText(), /Students/);
    const href = await access.locator(".missing a").first().getAttribute("href");
    assert.ok(href.startsWith(school.moodle), href);
    assert.notEqual((await tested(page, "Zoho CRM"))[2], "passed");
    assert.equal(await card(page, "Zoho CRM").locator(".missing li .id", { hasText: "ZohoCRM.settings.fields.READ" }).count(), 1);
    await page.context().close();
    for (const language of ["en", "ar"]) {
      const other = await open({ language });
      await tested(other, "Moodle", language === "ar" ? "اختبار" : "Test");
      await look(other, `connections-missing-${language}-1280-light`);
      await other.setViewportSize({ width: 360, height: 780 });
      await look(other, `connections-missing-${language}-360-light`);
      await other.context().close();
    }
  } finally {
    await sandbox(school, { missing_functions: [], missing_scopes: [] });
  }
});

test("another address asks for its secret anew, and until then it is neither tested nor saved", async () => {
  const page = await open();
  const moodle = card(page, "Moodle");
  const address = moodle.getByLabel("Address of the site");
  await address.fill(school.moodle.replace("127.0.0.1", "localhost"));
  await moodle.getByText("The address is another one").waitFor();
  assert.ok(await moodle.getByRole("button", { name: "Save", exact: true }).isDisabled());
  assert.ok(await moodle.getByRole("button", { name: /^Test/ }).isDisabled());
  assert.match(await moodle.locator(".fault").innerText(), /new address/);
  await moodle.getByLabel("Web service token").fill("sandbox-moodle");
  assert.ok(await moodle.getByRole("button", { name: "Save", exact: true }).isEnabled());
  // A path is no other address.
  await address.fill(`${school.moodle}/`);
  assert.equal(await moodle.getByText("The address is another one").count(), 0);
  await moodle.getByRole("button", { name: "Discard" }).click();
  assert.equal(await address.inputValue(), school.moodle);
  await page.context().close();
});

test("a draft outlives a reload without its secret, and the end of the session with it", async () => {
  const page = await open();
  page.on("dialog", (dialog) => void dialog.accept());
  const zoho = card(page, "Zoho CRM");
  await zoho.getByLabel("Organisation ID").fill("org-4711");
  await zoho.getByRole("button", { name: "Replace: Client secret" }).click();
  await zoho.getByLabel("Client secret").fill("s3cret-of-the-draft");
  const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
  assert.match(kept, /org-4711/);
  assert.doesNotMatch(kept, /s3cret/);

  // The session ends: a sheet asks for another one, and everything is still typed.
  await school.cli(["call", "AccessService/RevokeSessions", "-d", JSON.stringify({ key_id: "ext_key_default" })]);
  await zoho.getByLabel("Organisation ID").fill("org-4712");
  await zoho.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("dialog").waitFor();
  const code = await school.code("owner");
  await page.evaluate((code) => (location.hash = `code=${code}`), code);
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await visit(page, "/connections");
  assert.equal(await zoho.getByLabel("Organisation ID").inputValue(), "org-4712");
  assert.equal(await zoho.getByLabel("Client secret").inputValue(), "s3cret-of-the-draft");

  await page.reload();
  await page.evaluate((code) => (location.hash = `code=${code}`), await school.code("owner"));
  await page.waitForSelector(".shell");
  await visit(page, "/connections");
  assert.equal(await zoho.getByLabel("Organisation ID").inputValue(), "org-4712");
  assert.equal(await zoho.locator("input[type=password]").count(), 0);
  await zoho.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The settings are saved.").waitFor();
  const { settings } = await callMethod(school, "SettingsService/GetSettings", {});
  assert.equal(settings.zoho_org_id, "org-4712");
  await page.context().close();
});

test("what somebody else saves in a field that is being edited stands beside it", async () => {
  const page = await open();
  const zoho = card(page, "Zoho CRM");
  await zoho.getByLabel("Organisation ID").fill("mine");
  await callMethod(school, "SettingsService/UpdateSettings", { zoho_org_id: "theirs" });
  await zoho.getByText("theirs").waitFor();
  assert.ok(await zoho.getByRole("button", { name: "Save", exact: true }).isDisabled());
  await look(page, "connections-conflict-en-1280-light");
  await zoho.getByRole("button", { name: /mine/i }).click();
  await zoho.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The settings are saved.").waitFor();
  assert.equal((await callMethod(school, "SettingsService/GetSettings", {})).settings.zoho_org_id, "mine");
  await page.context().close();
});

test("a refusal of the server stands at its field", async () => {
  const page = await open();
  const moodle = card(page, "Moodle");
  await moodle.getByLabel("Address of the site").fill("ftp://lms.example");
  await moodle.getByRole("button", { name: "Save", exact: true }).click();
  await moodle.locator(".fault").first().waitFor();
  assert.equal(await moodle.getByLabel("Address of the site").getAttribute("aria-invalid"), "true");
  await page.context().close();
});

test("numbers are taken in Arabic digits, and the switch of a connection takes effect at once", async () => {
  const page = await open({ language: "ar" });
  await page.getByLabel("أيام الاحتفاظ بعمليات المزامنة").fill("٤٥");
  await card(page, "المدرسة").getByRole("button", { name: "حفظ" }).click();
  await page.getByText("حُفظت الإعدادات.").waitFor();
  assert.equal((await callMethod(school, "SettingsService/GetSettings", {})).settings.keep_days, 45);
  const turn = card(page, "Zoho CRM").getByRole("switch");
  await turn.click();
  await page.waitForFunction(() => document.querySelector('section[aria-label="Zoho CRM"] [role=switch]').getAttribute("aria-checked") === "false");
  await page.waitForTimeout(700);
  assert.equal((await callMethod(school, "SettingsService/GetSettings", {})).settings.zoho_enabled, false);
  await turn.click();
  await page.waitForTimeout(700);
  assert.equal((await callMethod(school, "SettingsService/GetSettings", {})).settings.zoho_enabled, true);
  await page.context().close();
});

test("operators and viewers see no secret field and no button that they may not press", async () => {
  for (const role of ["operator", "viewer"]) {
    const page = await open({ role });
    await card(page, "Moodle").waitFor();
    assert.equal(await page.locator("main input[type=password]").count(), 0);
    for (const name of ["Save", "Test", "Discard", /Replace/]) assert.equal(await page.locator("main").getByRole("button", { name }).count(), 0, `${role} ${name}`);
    assert.ok(await card(page, "Moodle").getByRole("switch").isDisabled());
    assert.ok(await card(page, "Moodle").getByLabel("Address of the site").isDisabled());
    await page.context().close();
  }
});
