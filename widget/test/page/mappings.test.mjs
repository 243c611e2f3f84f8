// The mapping editor, driven with the real server: the preview of a real record, transforms, checks, saving without loss,
// conflicts, history, files, tests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { callMethod, look } from "../lib/look.mjs";
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

const open = async (path, options = {}) => {
  const page = await openPage(browser, school, { to: path, ...options });
  await visit(page, path);
  return page;
};
const row = (page, field) => page.locator(`[data-field="${field}"]`);
const pane = (page) => page.locator(".mapping-pane");
const stored = async (module) => (await callMethod(school, "MappingService/ListMappings", { module_name: module })).mappings;

async function save(page, reason) {
  await page.getByRole("button", { name: "Review and save" }).click();
  const sheet = page.getByRole("dialog");
  if (reason) await sheet.getByLabel("Reason").fill(reason);
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The mapping is saved.").waitFor();
  await sheet.waitFor({ state: "detached" });
}

test("a transform is added, its parameter typed, the real record shown step by step, and all of it saved", async () => {
  const before = await stored("students");
  const page = await open("/mappings/students");
  await pane(page).locator(".result-line").first().waitFor();
  await row(page, "display_name").locator(".map-line").click();
  await row(page, "display_name").getByLabel("Add a transform").selectOption("truncate");
  await row(page, "display_name").getByText(/max/).first().waitFor();
  await row(page, "display_name").getByLabel("At most *").fill("4");
  const started = Date.now();
  await page.waitForFunction(() => [...document.querySelectorAll(".mapping-pane .trace .value")].at(-1)?.textContent.length === 4);
  assert.ok(Date.now() - started < 5000);
  const steps = await pane(page).locator(".trace li").allInnerTexts();
  assert.equal(steps.length, 3);
  assert.match(steps[0], /Display_Name/);
  assert.match(steps[1], /shorten/);
  await look(page, "mapping-preview-en-1280-light");
  await save(page, "Shorter names");
  const after = await stored("students");
  const changed = after.find((one) => one.canonical_field === "display_name");
  assert.deepEqual(changed.transform_rules, { type: "truncate", params: { max: 4 } });
  // Nothing else differs: defaults, descriptions and parameters of all other rows are as they were.
  assert.deepEqual(after.filter((one) => one !== changed), before.filter((one) => one.canonical_field !== "display_name"));
  const versions = await callMethod(school, "MappingService/ListMappingVersions", { module_name: "students" });
  assert.equal(versions.versions[0].reason, "Shorter names");
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("each module goes through the editor without losing anything", async () => {
  for (const module of ["units", "payments", "grades"]) {
    const before = await stored(module);
    const page = await open(`/mappings/${module}`);
    const last = before.at(-1).canonical_field;
    await row(page, last).locator(".map-line").click();
    await row(page, last).getByLabel("Value if empty").fill("x");
    await page.getByText("1 change is not saved").waitFor();
    await row(page, last).getByLabel("Value if empty").fill("7");
    await save(page);
    const after = await stored(module);
    assert.deepEqual(after.slice(0, -1), before.slice(0, -1), module);
    assert.deepEqual(after.at(-1), { ...before.at(-1), default_value: "7" }, module);
    await page.context().close();
  }
});

test("chips are moved, taken away and opened by keyboard alone", async () => {
  const page = await open("/mappings/programs?field=name");
  const name = row(page, "name");
  for (const transform of ["trim", "upper"]) await name.getByLabel("Add a transform").selectOption(transform);
  const texts = () => name.locator(".steps-editor .chip").allInnerTexts();
  assert.deepEqual((await texts()).map((text) => text.replace(/\s+/g, " ").trim()), ["1 trim spaces", "2 upper case"]);
  await name.locator(".steps-editor .chip").nth(1).focus();
  await page.keyboard.press("Alt+ArrowUp");
  await page.waitForFunction(() => document.querySelector('[data-field="name"] .steps-editor .chip').textContent.includes("upper"));
  assert.equal(await page.evaluate(() => document.activeElement.textContent.includes("upper")), true, "the focus goes along");
  await page.keyboard.press("Delete");
  await page.waitForFunction(() => document.querySelectorAll('[data-field="name"] .steps-editor .chip').length === 1);
  // Rows move the same way.
  const order = () => page.locator(".map-row").evaluateAll((rows) => rows.map((one) => one.dataset.field));
  const [first, second] = await order();
  await row(page, second).locator(".map-line").focus();
  await page.keyboard.press("Alt+ArrowUp");
  await page.waitForFunction((second) => document.querySelector(".map-row").dataset.field === second, second);
  assert.deepEqual((await order()).slice(0, 2), [second, first]);
  await page.getByRole("button", { name: "Discard" }).click();
  assert.deepEqual((await order()).slice(0, 2), [first, second]);
  await page.context().close();
});

test("a source is found by its label and chosen by keyboard, or typed by its name and found wanting", async () => {
  const page = await open("/mappings/students?field=phone");
  const source = row(page, "phone").getByRole("combobox", { name: "Field in Zoho" });
  await source.fill("display");
  await row(page, "phone").getByRole("option").first().waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  assert.equal(await source.inputValue(), "Display_Name");
  await source.fill("Displey_Name");
  await page.keyboard.press("Escape");
  await row(page, "phone").getByText("Zoho has no field of this name").waitFor();
  await row(page, "phone").getByRole("button", { name: /^Use/ }).waitFor();
  await look(page, "mapping-unknown-field-en-1280-light");
  await row(page, "phone").getByRole("button", { name: /^Use/ }).first().click();
  assert.equal(await source.inputValue(), "Display_Name");
  await page.context().close();
});

test("another tab that saves the same mapping: both sides, merged where they differ in fields, nothing overwritten", async () => {
  const mine = await open("/mappings/classes?field=name");
  const theirs = await open("/mappings/classes?field=status");
  await row(mine, "name").getByLabel("Value if empty").fill("mine");
  await row(theirs, "status").getByLabel("Value if empty").fill("theirs");
  await save(theirs);
  // The stream of events brings it to the other tab without a press.
  await mine.getByRole("button", { name: "Keep both" }).waitFor();
  assert.ok(await mine.getByRole("button", { name: "Review and save" }).isDisabled());
  await look(mine, "mapping-conflict-en-1280-light");
  await mine.getByRole("button", { name: "Keep both" }).click();
  await save(mine);
  const after = await stored("classes");
  assert.equal(after.find((one) => one.canonical_field === "name").default_value, "mine");
  assert.equal(after.find((one) => one.canonical_field === "status").default_value, "theirs");

  // The same field on both sides: a choice, and no "both".
  await row(theirs, "name").locator(".map-line").click();
  await theirs.waitForFunction(() => document.querySelector('[data-field="name"] .map-panel input[maxlength="500"]')?.value === "mine");
  await row(mine, "name").getByLabel("Value if empty").fill("one");
  await row(theirs, "name").getByLabel("Value if empty").fill("two");
  await save(theirs);
  await mine.getByRole("alert").waitFor();
  assert.equal(await mine.getByRole("button", { name: "Keep both" }).count(), 0);
  await mine.getByRole("button", { name: /Take/ }).click();
  await mine.waitForFunction(() => document.querySelector('[data-field="name"] .map-panel input[maxlength="500"]')?.value === "two");
  assert.equal((await stored("classes")).find((one) => one.canonical_field === "name").default_value, "two");
  await mine.context().close();
  await theirs.context().close();
});

test("a draft outlives a reload, and the list of modules says that it waits", async () => {
  const page = await open("/mappings/registrations");
  page.on("dialog", (dialog) => void dialog.accept());
  const field = (await stored("registrations"))[0].canonical_field;
  await row(page, field).locator(".map-line").click();
  await row(page, field).getByLabel("Value if empty").fill("kept");
  await page.reload();
  await page.evaluate((code) => (location.hash = `code=${code}`), await school.code("owner"));
  await page.waitForSelector(".shell");
  await visit(page, "/mappings");
  await page.locator(".module-card", { hasText: "Registrations" }).getByText("not saved").waitFor();
  await visit(page, `/mappings/registrations?field=${field}`);
  assert.equal(await row(page, field).getByLabel("Value if empty").inputValue(), "kept");
  await page.getByRole("button", { name: "Discard" }).click();
  await page.context().close();
});

test("an older version is compared and restored", async () => {
  const [first] = (await callMethod(school, "MappingService/ListMappingVersions", { module_name: "students" })).versions.slice(-1);
  const before = (await callMethod(school, "MappingService/GetMappingVersion", { module_name: "students", version: first.version })).mappings;
  const page = await open("/mappings/students?view=history");
  const line = page.locator(".versions > li").last();
  await line.getByRole("button", { name: "What changed since" }).click();
  await line.locator(".changes li").first().waitFor();
  await look(page, "mapping-history-en-1280-light");
  await line.getByRole("button", { name: "Restore" }).click();
  await page.getByRole("dialog").getByLabel("Reason").fill("As before");
  await page.getByRole("dialog").getByRole("button", { name: "Restore" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual(await stored("students"), before);
  await page.context().close();
});

test("a file is taken out, changed, compared and brought in; a faulty one is refused with its findings", async () => {
  const page = await open("/mappings/units?view=yaml");
  const text = await page.locator("pre").innerText();
  assert.match(text, /kind: MappingSet/);
  const box = page.getByLabel("Text", { exact: true });
  await box.fill(text);
  await page.getByRole("button", { name: "Compare and check" }).click();
  await page.getByText("The text says what is stored already.").waitFor();
  await box.fill(text.replace("to: name,", "to: nonsense,"));
  await page.getByRole("button", { name: "Compare and check" }).click();
  await page.locator(".finding.tone-bad").first().waitFor();
  assert.ok(await page.getByRole("button", { name: "Store it" }).isDisabled());
  await box.fill(text.replace(/(to: level, from: )(\w+)/, '$1$2, default: "Third"'));
  await page.getByRole("button", { name: "Compare and check" }).click();
  await page.locator(".changes li").first().waitFor();
  await look(page, "mapping-yaml-en-1280-light");
  await page.getByRole("button", { name: "Store it" }).click();
  await page.getByText("The mapping is saved.").waitFor();
  assert.equal((await stored("units")).find((one) => one.canonical_field === "level").default_value, "Third");
  await page.context().close();
});

test("a test is made of the record in the preview; a save that breaks it needs a decision", async () => {
  const page = await open("/mappings/programs");
  await pane(page).locator(".result-line").first().waitFor();
  await page.getByRole("link", { name: /^Tests/ }).click();
  await page.getByRole("button", { name: "Make a test of the record in the preview" }).click();
  await page.getByText("passes", { exact: true }).waitFor();
  await look(page, "mapping-tests-en-1280-light");
  await save(page);
  const { tests } = await callMethod(school, "MappingService/ListMappingTests", { module_name: "programs" });
  assert.equal(tests.length, 1);
  assert.ok(tests[0].expect.name);
  await page.getByRole("link", { name: "Fields", exact: true }).click();
  await row(page, "name").locator(".map-line").click();
  await row(page, "name").getByLabel("Add a transform").selectOption("upper");
  await settle(page);
  await page.waitForTimeout(1000);
  await page.getByRole("button", { name: "Review and save" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByText("Save although a test fails").waitFor();
  assert.ok(await sheet.getByRole("button", { name: "Save", exact: true }).isDisabled());
  await sheet.getByText("Save although a test fails").click();
  await sheet.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The mapping is saved.").first().waitFor();
  await page.context().close();
});

test("record texts are text: markup and turned directions do nothing", async () => {
  const page = await open("/mappings/students?field=display_name");
  await row(page, "display_name").getByLabel("Add a transform").selectOption("template");
  await row(page, "display_name").getByLabel("Text with gaps *").fill('"><svg/onload=alert(1)> \u202Eabc {id}');
  await page.waitForFunction(() => [...document.querySelectorAll(".mapping-pane .trace .value")].at(-1)?.textContent.includes("<svg/onload"));
  assert.equal(await page.locator(".mapping-pane svg[onload]").count(), 0);
  assert.equal(await page.locator(".mapping-pane .trace .value bdi").last().innerText().then((text) => text.startsWith('"><svg')), true);
  assert.deepEqual(page.faults, []);
  await page.getByRole("button", { name: "Discard" }).click();
  await page.context().close();
});

test("a viewer reads and changes nothing; an operator edits", async () => {
  const page = await open("/mappings/students?field=phone", { role: "viewer" });
  await row(page, "phone").waitFor();
  assert.equal(await page.locator(".mapping-pane").count(), 0);
  for (const name of ["Add a transform", "Add a field"]) assert.equal(await page.getByLabel(name).count(), 0);
  for (const name of ["Remove", "Restore", "Review and save"]) assert.equal(await page.getByRole("button", { name }).count(), 0);
  assert.ok(await row(page, "phone").getByLabel("Value if empty").isDisabled());
  await visit(page, "/mappings/students?view=yaml");
  assert.equal(await page.getByRole("button", { name: "Store it" }).count(), 0);
  await page.context().close();
  const operator = await open("/mappings/students?field=phone", { role: "operator" });
  assert.equal(await row(operator, "phone").getByLabel("Add a transform").count(), 1);
  await operator.context().close();
});

test("an empty mapping is filled with the suggested fields at one press", async () => {
  await callMethod(school, "MappingService/ReplaceMappings", { module_name: "enrollments", mappings: [] });
  const page = await open("/mappings/enrollments");
  await page.getByText("Nothing is mapped yet").waitFor();
  await page.getByRole("button", { name: /^Add the \d+ suggested fields/ }).click();
  await row(page, "student_zoho_id").waitFor();
  await save(page);
  const after = await stored("enrollments");
  const student = after.find((one) => one.canonical_field === "student_zoho_id");
  assert.equal(student.required, true);
  assert.ok(student.zoho_field_api_name);
  assert.ok(after.length >= 4);
  await page.context().close();
});

test("on a phone a field is a card and the preview a sheet", async () => {
  for (const language of ["en", "ar"]) {
    const page = await open("/mappings/students?field=username", { language, width: 360, height: 780 });
    await page.getByRole("button", { name: language === "ar" ? "المعاينة" : "Preview" }).click();
    await page.getByRole("dialog").locator(".trace").waitFor();
    await look(page, `mapping-sheet-${language}-360-light`);
    await page.context().close();
  }
});
