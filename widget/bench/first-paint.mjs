// The first meaningful paint of the overview, beside that of the same overview in bare Preact with the same transport: by
// turns in one browser against one server, each time with an empty cache. Fails above 1.5 times.
import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { startBrowser, startSchool } from "../test/lib/school.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 15);
const MOST = 1.5;

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
const FOLDERS = { page: folder("../../target/widget-bench/page/"), bare: folder("../../target/widget-bench/bare/") };
const ROOTS = { page: folder("../"), bare: folder("./") };
for (const name of ["page", "bare"]) {
  await build({ configFile: folder("../vite.config.ts"), root: ROOTS[name], logLevel: "warn", build: { outDir: FOLDERS[name], emptyOutDir: true } });
}
const TYPES = { js: "text/javascript", css: "text/css", html: "text/html; charset=utf-8", svg: "image/svg+xml" };

const browser = await startBrowser();
const school = await startSchool();

// Both come from a folder in the same way, so that the server's own way of giving files out is in neither.
async function once(name) {
  const code = await school.code("owner");
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  await page.route(`${school.server}/widget/**`, (route) => {
    const path = normalize(new URL(route.request().url()).pathname.slice("/widget/".length)) || ".";
    const file = path === "." ? "index.html" : path;
    return route.fulfill({ contentType: TYPES[file.split(".").pop()], body: readFileSync(join(FOLDERS[name], file)) });
  });
  // The time at which the cards of the modules have been drawn.
  await page.addInitScript(() => {
    const watcher = new MutationObserver(() => {
      if (!document.querySelector(".module-card")) return;
      watcher.disconnect();
      requestAnimationFrame(() => setTimeout(() => (window.painted = performance.now())));
    });
    watcher.observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${school.server}/widget/#code=${code}`);
  const time = await (await page.waitForFunction(() => window.painted)).jsonValue();
  await context.close();
  return time;
}

const times = { page: [], bare: [] };
try {
  for (const name of ["bare", "page"]) await once(name);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of round % 2 ? ["page", "bare"] : ["bare", "page"]) times[name].push(await once(name));
  }
} finally {
  await browser.close();
  await school.stop();
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const [bare, page] = [median(times.bare), median(times.page)];
console.log(`first meaningful paint, median of ${ROUNDS}: bare Preact ${Math.round(bare)} ms, the page ${Math.round(page)} ms, ${(page / bare).toFixed(2)} times`);
if (page / bare > MOST) {
  console.error(`bench: more than ${MOST} times`);
  process.exit(1);
}
