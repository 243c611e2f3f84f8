// What every screen must hold, whatever is on it: no violation of axe, nothing wider than the window, no fault in the console,
// and a picture under target/screenshots/ for people to look at.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openPage, settle, visit } from "./school.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));

export const LANGUAGES = ["en", "ar"];
export const THEMES = ["light", "dark"];
export const WIDTHS = [360, 768, 1280];

/** Looks at the page as it is. */
export async function look(page, name) {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wider <= 0, `${name} is ${wider} px wider than its window`);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).slice(0, 4).join(" | ")} ${nodes[0].failureSummary}`);
  assert.deepEqual(told, [], name);
  assert.deepEqual(page.faults, [], name);
}

/** Looks at a screen in both languages, both themes and three widths. `prepare` brings the page into the state to look at. */
export async function lookEverywhere(browser, school, name, path, prepare = async () => {}) {
  for (const language of LANGUAGES) {
    for (const theme of THEMES) {
      const page = await openPage(browser, school, { language, theme, to: path });
      try {
        await visit(page, path);
        await prepare(page);
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
          await settle(page);
          await look(page, `${name}-${language}-${width}-${theme}`);
        }
      } finally {
        await page.context().close();
      }
    }
  }
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
