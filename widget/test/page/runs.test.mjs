// Runs and modules: the way of a run as curves and as a table, one stream of events for the whole page, options, and what is
// done to all modules that a filter shows.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callMethod, look } from "../lib/look.mjs";
import { openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

let browser;
let school;

before(async () => {
  browser = await startBrowser();
  school = await startSchool();
});

after(async () => {
  await browser?.close();
  await school?.stop();
});

const page = async (t, options) => {
  const opened = await openPage(browser, school, options);
  t.after(() => opened.context().close());
  return opened;
};
const card = (page, name) => page.getByRole("region", { name, exact: true });
const moduleOf = async (name) => (await callMethod(school, "ModuleService/ListModules", {})).modules.find((one) => one.module_name === name);
const latest = async (module) => (await school.cli(["runs", "list", "--module", module, "--limit", "1", "-o", "id"])).trim();

test("the way of a run is read by keyboard, by pointer and as a table", async (t) => {
  const owner = await page(t, { to: `/runs/${await latest("students")}` });
  const chart = owner.getByRole("group", { name: /^Records so far/ });
  await chart.waitFor();
  await chart.focus();
  await owner.keyboard.press("ArrowRight");
  await owner.keyboard.press("ArrowRight");
  const said = owner.locator(".chart", { has: chart }).locator(".legend-row");
  assert.match(await said.innerText(), /250.*after the start, at/s);
  await owner.keyboard.press("ArrowLeft");
  assert.match(await said.innerText(), /Records so far\s*0\s*0 ms after/);
  const box = await chart.locator(".u-over").boundingBox();
  await owner.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
  await owner.waitForFunction(() => /250/.test(document.querySelector(".chart .legend-row").textContent));
  await owner.getByLabel("Shown as").selectOption("table");
  const table = owner.getByRole("table", { name: "How the run went" });
  await table.waitFor();
  assert.match(owner.url(), /chart=table/);
  assert.match(await table.innerText(), /After the start.*Records so far.*Records a second.*250/s);
  assert.deepEqual(owner.faults, []);
});

test("a run that goes on is followed, and the page has one stream open", async (t) => {
  const latency = (ms) => fetch(`${school.zoho}/_sandbox/options`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ zoho_latency_ms: ms }) });
  await latency(1500);
  t.after(() => latency(0));
  const owner = await page(t, { to: "/modules" });
  const open = new Set();
  let most = 0;
  const isStream = (request) => /Service\/(Watch|Export|TestConnection)/.test(request.url());
  owner.on("request", (request) => {
    if (isStream(request)) open.add(request);
    most = Math.max(most, open.size);
  });
  for (const ended of ["requestfinished", "requestfailed"]) owner.on(ended, (request) => open.delete(request));
  await owner.reload();
  await owner.evaluate((code) => (location.hash = `code=${code}`), await school.code("owner"));
  await owner.waitForSelector(".shell");
  await visit(owner, "/modules");
  await card(owner, "Programs").getByRole("button", { name: "Sync now" }).click();
  await owner.getByRole("radio", { name: /^Everything Every record/ }).check();
  await owner.getByRole("button", { name: "Start", exact: true }).click();
  await owner.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await owner.locator(".head").getByText(/^Completed/).waitFor({ timeout: 30_000 });
  assert.equal(most, 1);
});

test("all modules that the filter shows are paused and switched on again", async (t) => {
  const owner = await page(t, { to: "/modules?state=on" });
  await settle(owner);
  const shown = await owner.locator("section.module").count();
  assert.equal(shown, 7);
  await owner.getByRole("button", { name: "Pause these 7" }).click();
  const sheet = owner.getByRole("dialog");
  await sheet.getByText(/Students/).waitFor();
  await sheet.getByRole("button", { name: "Cancel" }).click();
  assert.equal((await moduleOf("students")).enabled, true);
  await owner.getByRole("button", { name: "Pause these 7" }).click();
  await look(owner, "modules-pause-en-1280-light");
  await sheet.getByRole("button", { name: "Pause these 7" }).click();
  await owner.getByText("No module matches the filter").waitFor();
  assert.equal((await moduleOf("students")).enabled, false);
  await visit(owner, "/modules?state=off");
  // Grades are not among them: writing them back is switched off.
  await owner.getByRole("button", { name: "Switch on these 7" }).click();
  await sheet.getByRole("button", { name: "Switch on these 7" }).click();
  await owner.waitForFunction(() => document.querySelectorAll("section.module").length === 1);
  assert.equal((await moduleOf("students")).enabled, true);
  assert.equal((await moduleOf("grades")).enabled, false);
  assert.deepEqual(owner.faults, []);
});

test("options are changed, refused where they are wrong, and kept as a draft", async (t) => {
  const before = (await moduleOf("enrollments")).options;
  const owner = await page(t, { to: "/modules" });
  const sheet = owner.getByRole("dialog");
  const open = () => card(owner, "Enrolments").getByRole("button", { name: "Options" }).click();
  await open();
  await sheet.getByLabel("When a record is gone").selectOption("unenrol");
  await sheet.getByLabel(/more other removals than/).fill("٢٥");
  await sheet.getByRole("button", { name: "Close" }).click();
  await open();
  assert.equal(await sheet.getByLabel("When a record is gone").inputValue(), "unenrol");
  await look(owner, "module-options-en-1280-light");
  await sheet.getByLabel(/share of the records has vanished/).fill("101");
  await sheet.getByRole("button", { name: "Save" }).click();
  await sheet.locator(".field", { hasText: "has vanished" }).locator(".fault").waitFor();
  await sheet.getByLabel(/share of the records has vanished/).fill("many");
  await sheet.getByText("Give a whole number.").waitFor();
  assert.ok(await sheet.getByRole("button", { name: "Save" }).isDisabled());
  await sheet.getByLabel(/share of the records has vanished/).fill(before.brake_percent);
  await sheet.getByRole("button", { name: "Save" }).click();
  await owner.getByText("The options are saved.").waitFor();
  assert.deepEqual((await moduleOf("enrollments")).options, { ...before, removal_action: "unenrol", brake_min: "25" });
  const viewer = await page(t, { role: "viewer", to: "/modules" });
  await card(viewer, "Enrolments").getByRole("button", { name: "Options" }).click();
  assert.equal(await viewer.getByRole("dialog").getByRole("button", { name: "Save" }).count(), 0);
  assert.ok(await viewer.getByRole("dialog").getByLabel("When a record is gone").isDisabled());
  for (const language of ["ar"]) {
    const phone = await page(t, { language, width: 360, height: 780, to: "/modules" });
    await phone.locator("section.module").nth(1).getByRole("button", { name: "الخيارات" }).click();
    await look(phone, `module-options-${language}-360-light`);
  }
});
