// Holds dist/ to its budget: what the first load takes and what all of it takes, compressed, and which names it has.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const FIRST_SCRIPT = 95;
const FIRST_STYLE = 8;
const ALL = 200;

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const kb = (bytes) => Math.round((bytes / 1000) * 10) / 10;
const size = (path) => gzipSync(readFileSync(dist + path), { level: 9 }).length;
const page = readFileSync(`${dist}index.html`, "utf8");
const named = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path);
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/\/+/g, "/").slice(dist.length));

const script = named.filter((path) => path.endsWith(".js")).reduce((sum, path) => sum + size(path), 0);
const style = named.filter((path) => path.endsWith(".css")).reduce((sum, path) => sum + size(path), 0);
const all = files.filter((path) => /\.(js|css|html)$/.test(path)).reduce((sum, path) => sum + size(path), 0);
console.log(`sizes: first load ${kb(script)} KB script, ${kb(style)} KB style; all of it ${kb(all)} KB, ${files.length} files`);

const faults = [];
if (kb(script) > FIRST_SCRIPT) faults.push(`the first load has more than ${FIRST_SCRIPT} KB of script`);
if (kb(style) > FIRST_STYLE) faults.push(`the first load has more than ${FIRST_STYLE} KB of style`);
if (kb(all) > ALL) faults.push(`all of it is more than ${ALL} KB`);
for (const path of files) {
  if (!/^[A-Za-z0-9_.$/-]+\.(js|css|html|svg|json|png|woff2)$/.test(path)) faults.push(`${path} is not a name that Zoho's packing keeps`);
}
if (/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/.test(page)) faults.push("index.html has a script or style of its own, which its policy forbids");
for (const fault of faults) console.error(`sizes: ${fault}`);
process.exit(faults.length > 0 ? 1 : 0);
