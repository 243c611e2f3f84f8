// What people come for, from the first tap to the last, with the real server: opening by a code, a dry run, failures by their
// cause and the retry, a run that is cancelled, one that is approved, and what happens when something is in the way.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { holdRun, openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

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
const button = (page, name) => page.getByRole("button", { name });
const link = (page, name) => page.getByRole("link", { name });

test("a code opens the page once, and is wiped from the address and the history", async (t) => {
  const code = await school.code("owner");
  const first = await page(t, { code });
  assert.ok(!first.url().includes(code));
  assert.match(first.url(), /#\/overview$/);
  const stores = await first.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.doesNotMatch(stores, /et_|code/);
  const second = await first.context().newPage();
  await second.goto(`${school.page}#code=${code}`);
  await second.getByRole("alert").waitFor();
  assert.equal(await second.locator(".shell").count(), 0);
  assert.ok(!second.url().includes(code));
});

test("a page of another origin that frames this one cannot hand it a session", async (t) => {
  const own = await page(t);
  const framed = await own.context().newPage();
  await framed.route("**/framing.html", (route) =>
    route.fulfill({ contentType: "text/html", body: `<iframe id="w" src="${school.page}"></iframe><script>addEventListener("load",()=>setInterval(()=>document.getElementById("w").contentWindow.postMessage({type:"sigma-session",token:"et_${"a".repeat(43)}",session:{role:"owner",expiresAt:"2099-01-01T00:00:00Z"}},"*"),100))</script>` }),
  );
  await framed.goto("http://foreign.localhost:8999/framing.html");
  await framed.waitForTimeout(1500);
  // A server that lists no parents does not even let itself be framed; where it is, nothing has opened.
  assert.equal(framed.frames().length, 2);
  for (const frame of framed.frames()) assert.equal(await frame.locator(".shell").count(), 0);
});

test("a viewer sees no button that the role may not press, and is told who may decide", async (t) => {
  const viewer = await page(t, { role: "viewer" });
  await visit(viewer, "/modules");
  assert.equal(await button(viewer, "Sync now").count(), 0);
  assert.equal(await button(viewer, "Sync the whole school").count(), 0);
  assert.equal(await viewer.getByRole("switch", { disabled: false }).count(), 0);
  await visit(viewer, "/audit");
  await viewer.getByText("It needs the role “owner”").waitFor();
  assert.equal(await link(viewer, "Audit log").count(), 0);
});

test("failed students are tried again with at most three taps from the overview", async (t) => {
  const owner = await page(t);
  let taps = 0;
  const tap = async (locator) => {
    taps += 1;
    await locator.click();
  };
  await tap(link(owner, /Students/).filter({ hasText: "12 failed" }));
  await owner.getByRole("heading", { name: "Why records failed" }).waitFor();
  await owner.getByText("Map the field, set a default value").first().waitFor();
  await tap(button(owner, "Retry these 12"));
  await owner.getByText("Retry of").waitFor();
  assert.ok(taps <= 3);
  assert.deepEqual(owner.faults, []);
});

test("a dry run is started with the keyboard alone, and its page says that nothing was written", async (t) => {
  const owner = await page(t);
  await owner.keyboard.press("Control+k");
  await owner.keyboard.type("modu");
  await owner.keyboard.press("Enter");
  await owner.getByRole("heading", { name: "Modules", level: 1 }).waitFor();
  await settle(owner);
  await owner.getByRole("region", { name: "Programs" }).getByRole("button", { name: "Sync now" }).focus();
  await owner.keyboard.press("Enter");
  await owner.getByRole("radio", { name: /^Everything Every record/ }).focus();
  await owner.keyboard.press("Space");
  await owner.getByRole("checkbox", { name: /Dry run/ }).focus();
  await owner.keyboard.press("Space");
  await owner.keyboard.press("Enter");
  await owner.getByText("A dry run: nothing was written.").waitFor();
});

test("the filter of a list is its address, there and back", async (t) => {
  const owner = await page(t);
  await visit(owner, "/runs");
  await owner.getByLabel("Module").selectOption("students");
  await owner.getByLabel("State").selectOption("partial");
  await settle(owner);
  assert.match(owner.url(), /#\/runs\?module=students&status=partial$/);
  const rows = await owner.locator(".table tbody tr").count();
  assert.ok(rows >= 1);
  await visit(owner, "/overview");
  await visit(owner, "/runs?module=students&status=partial");
  assert.equal(await owner.locator(".table tbody tr").count(), rows);
  assert.equal(await owner.getByLabel("State").inputValue(), "partial");
});

test("a running sync shows its progress and is cancelled", async (t) => {
  const slow = async (ms) => {
    const answer = await fetch(`${school.zoho}/_sandbox/options`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ zoho_latency_ms: ms }) });
    assert.ok(answer.ok, await answer.text());
  };
  await slow(2000);
  t.after(() => slow(0));
  const owner = await page(t);
  await visit(owner, "/modules");
  await owner.getByRole("region", { name: "Students" }).getByRole("button", { name: "Sync now" }).click();
  await owner.getByRole("radio", { name: /^Everything, with a look/ }).check();
  await owner.getByRole("button", { name: "Start", exact: true }).click();
  await owner.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
  await button(owner, "Cancel run").click();
  await owner.getByRole("dialog").getByRole("button", { name: "Cancel run" }).click();
  await owner.locator(".head").getByText("Cancelled").waitFor({ timeout: 30_000 });
});

test("a held run is approved by typing the number, and no more than was shown", async (t) => {
  const run = await holdRun(school);
  const owner = await page(t);
  await visit(owner, `/runs/${run}/held`);
  const title = await owner.getByRole("heading", { level: 1 }).innerText();
  const planned = Number(/\d+/.exec(title)[0]);
  const field = owner.getByLabel("How many at most");
  const approve = owner.locator("form .button.lead");
  assert.ok(await approve.isDisabled());
  await field.fill(String(planned + 1));
  await owner.getByText(`Give a number from 1 to ${planned}.`).waitFor();
  assert.ok(await approve.isDisabled());
  await field.fill(String(planned));
  await button(owner, `Carry out ${planned} removals`).click();
  await owner.locator(".head").getByText(/Completed/).waitFor({ timeout: 30_000 });
});

test("what happens elsewhere is on the page without a reload", async (t) => {
  const owner = await page(t, { to: "/runs?module=units" });
  await settle(owner);
  const before = await owner.locator(".table tbody tr").count();
  await owner.waitForTimeout(500);
  await school.cli(["runs", "start", "units", "--no-exit-status"]);
  await owner.waitForFunction((before) => document.querySelectorAll(".table tbody tr").length === before + 1, before, { timeout: 15_000 });
});

test("the language turns the page round at once, and digits are as preferred", async (t) => {
  const owner = await page(t, { to: "/runs" });
  await button(owner, "العربية").click();
  await owner.getByRole("heading", { name: "المزامنة", level: 1 }).waitFor();
  assert.equal(await owner.getAttribute("html", "dir"), "rtl");
  await button(owner, "التفضيلات").click();
  await owner.getByLabel("الأرقام").selectOption("arab");
  await owner.keyboard.press("Escape");
  await settle(owner);
  assert.match(await owner.locator(".table").innerText(), /[٠-٩]/);
  await owner.reload().catch(() => {});
  assert.equal(await owner.getAttribute("html", "lang"), "ar");
});

test("a session that ends leaves the page as it is, and a new code goes on", async (t) => {
  const code = await school.code("owner", 6);
  const owner = await page(t, { code, to: "/runs?module=students" });
  await settle(owner);
  await owner.getByRole("heading", { name: "The session has ended" }).waitFor({ timeout: 40_000 });
  assert.ok((await owner.locator(".table tbody tr").count()) > 0);
  await owner.getByLabel("Code or link").fill(await school.code("owner"));
  await button(owner, "Open").click();
  await owner.getByRole("heading", { name: "The session has ended" }).waitFor({ state: "detached" });
  assert.match(owner.url(), /#\/runs\?module=students$/);
});

test("an answer that is not the server's is told from one of the server", async (t) => {
  const owner = await page(t);
  await owner.route("**/sigma.v1.ModuleService/**", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<h1>Sign in</h1>" }));
  await visit(owner, "/modules");
  await owner.getByText("Something between this page and the server answered in its place.").waitFor();
  await owner.unroute("**/sigma.v1.ModuleService/**");
  await button(owner, "Try again").click();
  await owner.getByRole("region", { name: "Students" }).waitFor();
});

test("without a network the page says so, keeps what it shows, and goes on by itself", async (t) => {
  const owner = await page(t, { to: "/runs" });
  await settle(owner);
  await owner.context().setOffline(true);
  await owner.getByText("No connection to the server.").waitFor();
  assert.ok((await owner.locator(".table tbody tr").count()) > 0);
  await owner.context().setOffline(false);
  await owner.getByText("No connection to the server.").waitFor({ state: "detached" });
});

test("what a record says is text, whatever it says", async (t) => {
  const evil = '"><svg/onload=document.title="owned"><img src=x onerror=document.title="owned">';
  const place = `${school.zoho}/_sandbox/zoho/records/BTEC_Students/5`;
  const answer = await fetch(place, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ Last_Name: evil }) });
  assert.ok(answer.ok, await answer.text());
  const { id } = await (await fetch(place)).json();
  await school.cli(["runs", "start", "students", "--no-exit-status"]).catch(() => {});
  const owner = await page(t, { to: `/people/${id}` });
  await owner.getByRole("heading", { level: 1 }).filter({ hasText: "onload=" }).waitFor();
  await visit(owner, `/people?q=${id}`);
  await owner.getByText("onload=").first().waitFor();
  assert.doesNotMatch(await owner.title(), /^owned/);
  assert.equal(await owner.locator("main img, main svg[onload]").count(), 0);
});
