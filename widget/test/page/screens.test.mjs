// Every screen in both languages, three widths, light and dark: no violation for axe, nothing to scroll sideways, nothing in
// the console; a picture of each lands under target/screenshots/.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LANGUAGES, THEMES, WIDTHS, faultsOf } from "../lib/look.mjs";
import { frames, openPage, prepare, startBrowser, startSchool, visit } from "../lib/school.mjs";

let browser;
let school;
let paths;

before(async () => {
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
    mapping: "/mappings/students?field=username",
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

// What a screen shows only after a call that no sign of waiting stands for.
const SHOWN = { mapping: ".result-line, .map-line .result" };

for (const language of LANGUAGES) {
  for (const theme of THEMES) {
    test(`every screen, ${language}, ${theme}`, async () => {
      const page = await openPage(browser, school, { language, theme });
      const faults = [];
      for (const [name, path] of Object.entries(paths)) {
        await visit(page, path);
        if (SHOWN[name]) await page.locator(SHOWN[name]).first().waitFor();
        assert.equal(await page.getAttribute("html", "dir"), language === "ar" ? "rtl" : "ltr");
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
          await frames(page);
          faults.push(...(await faultsOf(page, `${name}-${language}-${width}-${theme}`)));
          page.faults.length = 0;
        }
      }
      await page.context().close();
      assert.deepEqual(faults, []);
    });
  }
}
