// Every screen in both languages, three widths, light and dark: no violation for axe, nothing to scroll sideways, nothing in
// the console; a picture of each lands under target/screenshots/.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openPage, prepare, settle, startBrowser, startSchool, visit } from "../lib/school.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));
const WIDTHS = [360, 768, 1280];

let browser;
let school;
let paths;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await startBrowser();
  school = await startSchool();
  const { failed, held, student } = await prepare(school);
  paths = {
    overview: "/overview",
    "overview-table": "/overview?chart=table",
    runs: "/runs",
    "runs-none": "/runs?status=cancelled",
    run: `/runs/${failed}?status=FAILED`,
    held: `/runs/${held}/held`,
    modules: "/modules",
    connections: "/connections",
    mappings: "/mappings",
    mapping: "/mappings/students",
    people: "/people",
    person: `/people/${student}`,
    record: `/record/students/${student}`,
    keys: "/keys",
    audit: "/audit",
    tenants: "/tenants",
    missing: "/no/such/page",
  };
});

after(async () => {
  await browser?.close();
  await school?.stop();
});

async function violations(page) {
  // The page's policy forbids scripts that are not its own; the debugger's way in is not bound by it.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    // eslint-disable-next-line no-undef
    axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary.split("\n")[1] ?? ""}`).slice(0, 3).join("; ")}`);
}

for (const language of ["en", "ar"]) {
  for (const theme of ["light", "dark"]) {
    test(`every screen, ${language}, ${theme}`, async () => {
      const page = await openPage(browser, school, { language, theme });
      const faults = [];
      for (const [name, path] of Object.entries(paths)) {
        await visit(page, path);
        assert.equal(await page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr");
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
          await settle(page);
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (wide > 0) faults.push(`${name} at ${width}: ${wide} pixels too wide`);
          for (const found of await violations(page)) faults.push(`${name} at ${width}: ${found}`);
          await page.screenshot({ path: `${PICTURES}${name}-${language}-${width}-${theme}.png` });
        }
      }
      faults.push(...page.faults);
      await page.context().close();
      assert.deepEqual(faults, []);
    });
  }
}
