// The look of the page, changed in it: shown at once, kept, refused where it could not be read, and no drawing that runs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { look } from "../lib/look.mjs";
import { openPage, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

const CIRCLE = '<circle cx="4" cy="4" r="4" fill="#fc0"/>';
const svg = (inside) => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">${inside}</svg>`);

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

const card = (page, name = "How this page looks") => page.getByRole("region", { name, exact: true });
const open = async (options = {}) => {
  const page = await openPage(browser, school, { to: "/connections", ...options });
  await visit(page, "/connections");
  return page;
};
const band = (page) => page.locator("header.top").evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]);
const pick = (page, place, value) =>
  card(page)
    .locator("input[type=color]")
    .nth(place)
    .evaluate((input, value) => {
      input.value = value;
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }, value);

test("a name, a logo and colours are saved and shown, and colours that cannot be read are not", async () => {
  const page = await open();
  const form = card(page);
  await form.getByLabel("Name").fill("Horizon College");
  await form.getByLabel("Address of support").fill("mailto:help@school.example");
  await form.getByLabel("Logo").setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: svg(CIRCLE) });
  await pick(page, 0, "#123456");
  await pick(page, 1, "#234567");
  await form.getByText(/too low to read/).waitFor();
  assert.ok(await form.getByRole("button", { name: "Save", exact: true }).isDisabled());
  await pick(page, 1, "#ffffff");
  await form.getByText(/easy to read/).waitFor();
  await form.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("The look is saved.").waitFor();
  await page.waitForFunction(() => document.querySelector("header.top img.brand-logo")?.naturalWidth > 0);
  assert.deepEqual(await band(page), ["rgb(18, 52, 86)", "rgb(255, 255, 255)"]);
  await page.waitForFunction(() => document.title.endsWith("Horizon College"));
  assert.equal(await page.locator("header.top .tenant").innerText(), "Horizon CollegeDefault Tenant");
  assert.equal(await page.locator(".rail .support a").getAttribute("href"), "mailto:help@school.example");
  await look(page, "branding-en-1280-light");
  // Another page of the school has it from the start.
  const other = await open({ language: "ar" });
  await other.waitForFunction(() => document.querySelector("header.top img.brand-logo"));
  assert.deepEqual(await band(other), ["rgb(18, 52, 86)", "rgb(255, 255, 255)"]);
  await other.context().close();
  await page.context().close();
});

test("a drawing that runs or loads is refused by the server, and nothing of it runs in the page", async () => {
  const page = await open();
  const form = card(page);
  for (const [inside, word] of [
    ["<script>document.documentElement.dataset.ran=1</script>", "script"],
    ['<circle r="4" onload="document.documentElement.dataset.ran=1"/>', "onload"],
    ['<image href="https://elsewhere.example/a.png"/>', "image"],
  ]) {
    await form.getByLabel("Logo").setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer: svg(inside) });
    await form.getByRole("button", { name: "Save", exact: true }).click();
    await form.getByText(`${word}`, { exact: false }).and(form.locator("bdi")).first().waitFor();
    await settle(page);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.ran), undefined);
    await form.getByRole("button", { name: "Discard" }).click();
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test("who may not change the look sees no form for it", async () => {
  const page = await open({ role: "viewer" });
  await settle(page);
  assert.equal(await card(page).count(), 0);
  await page.context().close();
});
