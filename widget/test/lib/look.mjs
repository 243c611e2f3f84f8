// What every screen must hold, whatever is on it: no violation of axe, nothing wider than the window, no fault in the console,
// and a picture under target/screenshots/ for people to look at.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));

export const LANGUAGES = ["en", "ar"];
export const THEMES = ["light", "dark"];
export const WIDTHS = [360, 768, 1280];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Takes a picture of the page as it is, and gives what is wrong with it. */
export async function faultsOf(page, name, { fullPage = false } = {}) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  // The page's policy forbids scripts that are not its own; the debugger's way in is not bound by it.
  await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => axe.run(document, { runOnly, resultTypes: ["violations"] }), RULES);
  return [
    ...(wider > 0 ? [`${name} is ${wider} px wider than its window`] : []),
    ...violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes.map((node) => node.target.join(" ")).slice(0, 4).join(" | ")} ${nodes[0].failureSummary}`),
    ...page.faults.map((fault) => `${name}: ${fault}`),
  ];
}

/** Looks at the page as it is. */
export async function look(page, name) {
  assert.deepEqual(await faultsOf(page, name, { fullPage: true }), []);
}

/** Changes options of the emulated systems, such as the scopes that a token lacks. */
export async function sandbox(school, options) {
  const answer = await fetch(`${school.zoho}/_sandbox/options`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(options) });
  assert.equal(answer.status, 200, await answer.text());
}

/** Calls a method with the key of the demo, past the page. */
export async function callMethod(school, method, data) {
  const out = await school.cli(["call", method, "-d", JSON.stringify(data)]);
  return JSON.parse(out);
}
