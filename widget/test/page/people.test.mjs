// A person is found by name, address and either id; a record is followed, synced and explained; a view is kept and opened.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look } from "../lib/look.mjs";
import { openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

let school;
let browser;
let person;
let failed;

const ask = async (method, input) => JSON.parse(await school.cli(["call", method, "-d", JSON.stringify(input)]));

before(async () => {
  school = await startSchool();
  browser = await startBrowser();
  failed = (await ask("ItemService/ListItems", { module: "students", status: "FAILED", limit: 1 })).items[0].zoho_id;
  const { items } = await ask("ItemService/ListItems", { module: "students", status: "NEW", limit: 1 });
  person = (await ask("PersonService/FindPeople", { query: items[0].zoho_id })).people[0];
});
after(async () => {
  await browser?.close();
  await school?.stop();
});

test("one box finds a person by address, name and either id, and the address can be sent on", async () => {
  const page = await openPage(browser, school, { to: "/people" });
  const box = page.getByRole("searchbox");
  for (const text of [person.email, person.person_id, person.name]) {
    await box.fill(text);
    await page.waitForFunction((text) => new URLSearchParams(location.hash.split("?")[1]).get("q") === text, text);
    await settle(page);
    await page.waitForSelector(`text=${person.person_id}`);
  }
  await box.fill(person.moodle_id);
  await page.waitForSelector(`text=${person.email}`);
  await visit(page, `/people?q=${encodeURIComponent(person.email)}`);
  await page.waitForSelector("text=What happened");
  const modules = await page.locator(".event a.strong").allInnerTexts();
  assert.ok(modules.includes("Students") && new Set(modules).size > 1, `the timeline is over several modules: ${modules}`);
  await page.getByLabel("Module").selectOption("students");
  await page.waitForFunction(() => location.hash.includes("module=students"));
  await settle(page);
  assert.deepEqual([...new Set(await page.locator(".event a.strong").allInnerTexts())], ["Students"]);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("who was never seen is said so, with a way on that the role has", async () => {
  const page = await openPage(browser, school, { to: "/people?q=nobodyhere" });
  await page.waitForSelector("text=No run has read a record that matches");
  assert.equal(await page.getByRole("button", { name: "Search in Zoho" }).count(), 1);
  await page.context().close();
  const viewer = await openPage(browser, school, { role: "viewer", to: "/people?q=nobodyhere" });
  await viewer.waitForSelector("text=No run has read a record that matches");
  assert.equal(await viewer.getByRole("button", { name: "Search in Zoho" }).count(), 0);
  await visit(viewer, `/people/${person.person_id}`);
  assert.equal(await viewer.getByRole("button", { name: "Sync this record" }).count(), 0, "a viewer starts nothing");
  await viewer.context().close();
});

test("a failed record has its reason and remedy, is tried and synced, and says why", async () => {
  const page = await openPage(browser, school, { to: `/record/students/${failed}` });
  await page.waitForSelector("text=Last outcome");
  await page.waitForSelector("text=/academic_email.? has no value/");
  await page.getByRole("button", { name: "Only try it" }).click();
  await page.waitForSelector("[role=status] >> text=Only tried: nothing was written.");
  await page.getByRole("button", { name: "Sync this record" }).click();
  await page.waitForSelector("[role=status] .pill:has-text('Failed')");
  await page.getByRole("button", { name: "Why?" }).click();
  await page.waitForSelector("text=The way of the record");
  await page.waitForSelector(".event:has-text('Mapped') .pill:has-text('ends here')");
  await page.waitForSelector("text=A run would write nothing:");
  await settle(page);
  await look(page, "record-why-en-1280-light");
  await page.setViewportSize({ width: 360, height: 780 });
  await look(page, "record-why-en-360-light");
  await page.context().close();
});

test("a name that is markup stays text", async () => {
  const odd = '"><svg/onload=document.title="broken">\u202egpj';
  const page = await openPage(browser, school, { to: `/people?q=${encodeURIComponent(odd)}` });
  await settle(page);
  await visit(page, `/record/students/${encodeURIComponent(odd)}`);
  assert.equal(await page.locator("main svg[onload]").count(), 0);
  assert.notEqual(await page.title(), "broken");
  await page.context().close();
});

test("a list is saved under a name, opened again and deleted", async () => {
  const page = await openPage(browser, school, { to: "/keys?role=owner" });
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByLabel("Save this list under a name").fill("Owners");
  await page.getByRole("button", { name: "Save view" }).click();
  await page.waitForSelector("dialog li:has-text('Owners')");
  await look(page, "views-en-1280-light");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await visit(page, "/keys");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("link", { name: "Owners" }).click();
  await page.waitForFunction(() => location.hash === "#/keys?role=owner");
  await page.getByRole("button", { name: "Views" }).click();
  await page.getByRole("button", { name: /Delete/ }).click();
  await page.waitForSelector("text=No view of this list is saved yet.");
  await page.context().close();
  const viewer = await openPage(browser, school, { role: "viewer", to: "/people" });
  await viewer.getByRole("button", { name: "Views" }).click();
  await viewer.waitForSelector("text=No view of this list is saved yet.");
  assert.equal(await viewer.getByLabel("Save this list under a name").count(), 0);
  await viewer.context().close();
});
