// The page inside Zoho CRM: its record, its session, its ways to the server; and parents that are not the CRM.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openInCrm, settleFrame } from "../lib/crm.mjs";
import { startBrowser, startSchool } from "../lib/school.mjs";

const STUDENT = "4150868001000000009";
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

test("a related list gives the id as a text, and the record stands alone with its state", async () => {
  const { frame, page, calls, context } = await openInCrm(browser, school, { place: { Entity: "BTEC_Students", EntityId: STUDENT }, user: { users: [{ full_name: "A", locale: "en_US" }] } });
  await settleFrame(frame);
  await frame.waitForSelector(`text=${STUDENT}`);
  assert.equal(await frame.evaluate(() => location.hash), `#/record/students/${STUDENT}`);
  assert.equal(await frame.locator(".rail").count(), 0, "no navigation beside a record");
  assert.equal(await frame.locator("h1").innerText(), "Students");
  const names = calls.map(([name]) => name);
  assert.ok(names.indexOf("init") === 0, "the script is told that the page is there before anything else");
  const execution = calls.find(([name]) => name === "execute")[1];
  assert.deepEqual(execution, { name: "sigma_session", input: { arguments: "{}" } });
  assert.equal(calls.filter(([name]) => name === "http").length, 0, "gRPC-Web is open, so nothing else is tried");
  await frame.getByRole("button", { name: "Sync this record" }).click();
  await frame.waitForSelector("[role=status] .pill:has-text('Unchanged')");
  assert.deepEqual(page.faults, []);
  await context.close();
});

test("a button gives a list of ids and the person alone; the language is the person's", async () => {
  const { frame, context } = await openInCrm(browser, school, { place: { Entity: "BTEC_Students", EntityId: [STUDENT], ButtonPosition: "DetailView" }, user: { full_name: "A", locale: "ar_EG" } });
  await settleFrame(frame);
  await frame.waitForSelector(`text=${STUDENT}`);
  assert.equal(await frame.evaluate(() => document.documentElement.lang), "ar");
  await context.close();
  const several = await openInCrm(browser, school, { place: { Entity: "BTEC_Students", EntityId: [STUDENT, "4150868001000000010"] } });
  await settleFrame(several.frame);
  await several.frame.waitForSelector("text=2 records");
  await several.context.close();
});

for (const way of ["http", "relay"]) {
  test(`where only ${way} reaches the server, the record is read and synced by REST`, async () => {
    const { frame, page, calls, context } = await openInCrm(browser, school, { place: { Entity: "BTEC_Students", EntityId: STUDENT }, ways: [way] });
    await settleFrame(frame);
    await frame.waitForSelector(`text=${STUDENT}`);
    const used = calls.filter(([name, value]) => (way === "http" ? name === "http" : value?.name === "sigma_relay"));
    assert.ok(used.length > 2, `${used.length} calls by ${way}`);
    await frame.getByRole("button", { name: "Sync this record" }).click();
    await frame.waitForSelector("[role=status] .pill:has-text('Unchanged')", { timeout: 20_000 });
    // A refusal of the server is shown as one, with its sentence.
    await frame.evaluate(() => (location.hash = `#/record/students/${"9".repeat(150)}`));
    await frame.waitForSelector("[role=alert]");
    assert.deepEqual(page.faults, []);
    await context.close();
  });
}

test("the web tab shows the whole application", async () => {
  const { frame, context } = await openInCrm(browser, school, { place: {}, role: "viewer" });
  await settleFrame(frame);
  assert.equal(await frame.locator(".rail").count(), 1);
  assert.equal(await frame.getByRole("link", { name: "Keys and sessions" }).count(), 0, "a viewer sees no keys");
  await context.close();
});

test("a parent that is no CRM leaves the page as it is alone, and a session that it posts is ignored", async () => {
  const { frame, page, context } = await openInCrm(browser, school, { speaks: false });
  await frame.waitForSelector(".welcome form", { timeout: 15_000 });
  const carried = [];
  page.on("request", (request) => {
    if (request.headers().authorization) carried.push(request.url());
  });
  const token = `et_${"a".repeat(43)}`;
  const posted = { type: "sigma-session", token, session: { role: "owner", tenantId: "default", actor: "x", expiresAt: new Date(Date.now() + 600_000).toISOString() } };
  await page.evaluate((posted) => document.querySelector("iframe").contentWindow.postMessage(posted, "*"), posted);
  await page.waitForTimeout(800);
  assert.equal(await frame.locator(".shell").count(), 0);
  assert.equal(await frame.locator(".welcome").count(), 1);
  assert.deepEqual(carried, []);
  await context.close();
});

test("alone the script of Zoho is never loaded", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${school.page}?zoho=1`);
  await page.waitForSelector(".welcome");
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(new URL(school.page).origin)),
    [],
  );
  await context.close();
});
