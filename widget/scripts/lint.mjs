// What neither the compiler nor the browser refuses: sides in place of logical properties, markup from data, texts in code,
// files without a word on what they are for, and files that are too long.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseSync } from "vite";

const root = fileURLToPath(new URL("../", import.meta.url));
const LONGEST = 600;
const faults = [];
const files = readdirSync(`${root}src`, { recursive: true })
  .map((path) => `src/${path}`)
  .filter((path) => /\.(tsx?|css)$/.test(path) && !/^src\/(gen|paraglide)\//.test(path));

const lineOf = (text, at) => text.slice(0, at).split("\n").length;
const complain = (path, text, at, words) => faults.push(`${path}:${lineOf(text, at)}: ${words}`);

// Physical sides and axes; `block` and `inline` turn with the language. `max-width` of a media query is written as a range.
const SIDES =
  /(?<![-\w])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:left|right|top|bottom)(?:-\w+)*|left|right|(?:min-|max-)?(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)/g;

function style(path, text) {
  for (const found of text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " ")).matchAll(SIDES)) {
    complain(path, text, found.index, `"${found[0].trim()}" has a side; use the logical property`);
  }
}

const SHOWN = new Set(["title", "aria-label", "placeholder", "alt", "label", "help", "legend"]);
const LETTERS = /\p{L}{2,}/u;
// Names that are the same in every language.
const NAMES = /^(?:[\s·:…"“”()/,.&;-]|Zoho|Moodle|CRM|sigma-sync|Ctrl|K|ms|nbsp|API|YAML|JSON|URL|CSV|curl)*$/u;

function code(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) return complain(path, text, 0, errors[0].message);
  const visit = (node) => {
    if (!node || typeof node.type !== "string") return;
    if (node.type === "JSXText" && LETTERS.test(node.value) && !NAMES.test(node.value)) {
      complain(path, text, node.start, `text in code: "${node.value.trim()}"; it belongs into messages/`);
    }
    if (node.type === "JSXAttribute") {
      const name = node.name.name;
      if (name === "dangerouslySetInnerHTML") complain(path, text, node.start, "markup from data");
      if (SHOWN.has(name) && node.value?.type === "Literal" && LETTERS.test(node.value.value) && !NAMES.test(node.value.value)) {
        complain(path, text, node.start, `text in code: ${name}="${node.value.value}"; it belongs into messages/`);
      }
    }
    const member = node.type === "MemberExpression" ? node.property?.name : undefined;
    if (["innerHTML", "outerHTML", "insertAdjacentHTML"].includes(member)) complain(path, text, node.start, `${member} makes markup from data`);
    if (node.type === "CallExpression" && ["eval", "Function"].includes(node.callee?.name)) complain(path, text, node.start, "code from text");
    if (node.type === "Identifier" && node.name === "dangerouslySetInnerHTML") complain(path, text, node.start, "markup from data");
    for (const value of Object.values(node)) {
      if (Array.isArray(value)) value.forEach(visit);
      else if (value && typeof value === "object") visit(value);
    }
  };
  visit(program);
  for (const found of text.matchAll(/(?:localStorage|sessionStorage|document\.cookie)/g)) {
    if (!["src/text/prefs.ts", "src/api/draft.ts"].includes(path)) complain(path, text, found.index, `${found[0]} is for preferences and drafts only`);
  }
}

for (const path of files) {
  const text = readFileSync(root + path, "utf8");
  if (!/^(?:\/\/|\/\*) /.test(text)) complain(path, text, 0, "the file does not say what it is for");
  if (text.split("\n").length > LONGEST) complain(path, text, 0, `more than ${LONGEST} lines`);
  if (path.endsWith(".css")) style(path, text);
  else code(path, text);
}
for (const fault of faults) console.error(`lint: ${fault}`);
console.log(`lint: ${files.length} files, ${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
