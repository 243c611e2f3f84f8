// A list of 10,000 records with long texts in mixed directions, more than a server sends at once: it scrolls, and no key and
// no turn of the wheel waits for it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openPage, startBrowser, startSchool, visit } from "../lib/school.mjs";
import { answer, message } from "../lib/wire.mjs";

const ROWS = 10_000;
// From here on a person takes the answer of a page to an input for a fault, also on a machine that is busy otherwise.
const PROMPT_MS = 500;
// Signs that turn the direction of what follows, and one that never ends its part.
const TURNS = ["\u202e", "\u2067", "\u200f", ""];
const PARTS = ["الطالبة سارة عبد الرحمن ", "Grade 7 / section B ", "שלום ", '"><svg/onload=alert(1)> ', "١٢٣-456 "];

function longText(place) {
  let text = TURNS[place % TURNS.length];
  for (let part = place; text.length < 500; part += 1) text += PARTS[part % PARTS.length];
  return text.slice(0, 500);
}

let browser;
let school;

before(async () => {
  browser = await startBrowser();
  school = await startSchool([]);
});

after(async () => {
  await browser?.close();
  await school?.stop();
});

test("10,000 records with texts of 500 characters scroll without dropped input", { timeout: 60_000 }, async (t) => {
  const run = (await school.cli(["runs", "list", "--limit", "1", "-o", "id"])).trim();
  const items = Array.from({ length: ROWS }, (_, place) => [
    1,
    message([1, run], [2, "students"], [5, place], [6, `41508680010${String(place).padStart(8, "0")}`], [8, "FAILED"], [11, "R"], [12, longText(place)]),
  ]);
  const [all, some] = [answer(message(...items)), answer(message(...items.slice(0, 50)))];
  let few = false;
  const page = await openPage(browser, school, { to: "/overview" });
  t.after(() => page.context().close());
  await page.route("**/sigma.v1.ItemService/ListItems", (route) => route.fulfill(few ? some : all));
  await visit(page, `/runs/${run}`);
  await page.locator(".item").first().waitFor({ timeout: 60_000 });
  await page.evaluate(() => {
    window.slow = [];
    window.wheels = 0;
    addEventListener("wheel", () => (window.wheels += 1), { passive: true });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.interactionId || entry.name === "wheel") window.slow.push([entry.name, Math.round(entry.duration)]);
    }).observe({ type: "event", durationThreshold: 16, buffered: false });
  });

  // By wheel: each turn arrives and moves the page, down to the last record.
  await page.locator(".items").first().hover({ position: { x: 300, y: 20 } });
  const TURNS_OF_WHEEL = 30;
  for (let turn = 0; turn < TURNS_OF_WHEEL; turn += 1) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(16);
  }
  await page.waitForFunction((wanted) => scrollY >= wanted, TURNS_OF_WHEEL * 400 - 10, { timeout: 5_000 });
  assert.equal(await page.evaluate(() => window.wheels), TURNS_OF_WHEEL);
  // Plain selectors from here on: one by text or label would itself go through all that is written in 10,000 rows. The end
  // moves on while rows are drawn for the first time, so the key is pressed again, as a person would.
  const isAtLast = (last) => {
    const row = [...document.querySelectorAll(".item")].at(-1);
    return row.textContent.includes(last) && row.getBoundingClientRect().top < innerHeight;
  };
  for (let press = 0; !(await page.evaluate(isAtLast, `41508680010${String(ROWS - 1).padStart(8, "0")}`)); press += 1) {
    assert.ok(press < 20, "the last record is not reached");
    await page.keyboard.press("End");
    await page.waitForTimeout(300);
  }
  await page.keyboard.press("Home");
  await page.waitForFunction(() => scrollY === 0);

  // With all of them there: a row is opened, and letters are typed in the filter, up to the answer that has fewer.
  await page.locator(".item-head").nth(3).click();
  await page.locator(".item-body").waitFor();
  const code = page.locator(".filters.in-card input").first();
  await code.fill("");
  few = true;
  await code.pressSequentially("MAPPING_REQUIRED", { delay: 20 });
  assert.equal(await code.inputValue(), "MAPPING_REQUIRED");
  await page.waitForFunction(() => document.querySelectorAll(".item").length === 50);
  await code.pressSequentially("_MISSING", { delay: 20 });

  const { slow, wider, owned } = await page.evaluate(() => ({
    slow: window.slow,
    wider: document.documentElement.scrollWidth - innerWidth,
    owned: document.querySelectorAll("main svg[onload]").length,
  }));
  const worst = Math.max(0, ...slow.map(([, ms]) => ms));
  t.diagnostic(`slowest answer to an input: ${worst} ms`);
  assert.ok(worst <= PROMPT_MS, JSON.stringify(slow.filter(([, ms]) => ms > PROMPT_MS)));
  assert.ok(wider <= 0, `${wider} px wider than its window`);
  assert.equal(owned, 0);
  assert.deepEqual(page.faults, []);
});
