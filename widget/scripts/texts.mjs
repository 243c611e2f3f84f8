// Looks whether every text of messages/ stands in both languages with the same gaps, every counted one with all six Arabic
// forms, and none twice; then compiles the texts into src/paraglide.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "@inlang/paraglide-js";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const LOCALES = ["en", "ar"];
const FORMS = { en: ["one", "other"], ar: ["zero", "one", "two", "few", "many", "other"] };
const faults = [];

const names = readdirSync(file("../messages/en")).filter((name) => name.endsWith(".json")).sort();
const all = Object.fromEntries(LOCALES.map((locale) => [locale, new Map()]));
for (const locale of LOCALES) {
  const own = readdirSync(file(`../messages/${locale}`)).filter((name) => name.endsWith(".json")).sort();
  if (own.join() !== names.join()) faults.push(`messages/${locale} has other files than messages/en`);
  for (const name of own) {
    const messages = JSON.parse(readFileSync(file(`../messages/${locale}/${name}`), "utf8"));
    for (const [key, value] of Object.entries(messages)) {
      if (all[locale].has(key)) faults.push(`${locale}: ${key} stands in two files`);
      all[locale].set(key, value);
    }
  }
}

const gapsOf = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
const inputsOf = (value) =>
  typeof value === "string"
    ? gapsOf(value)
    : value[0].declarations.filter((line) => line.startsWith("input ")).map((line) => line.slice("input ".length));

for (const [key, english] of all.en) {
  const arabic = all.ar.get(key);
  if (arabic === undefined) {
    faults.push(`${key} has no Arabic text`);
    continue;
  }
  const gaps = (value) => [...new Set(inputsOf(value))].sort().join();
  if (gaps(english) !== gaps(arabic)) faults.push(`${key}: the gaps differ between the languages`);
  for (const [locale, value] of [["en", english], ["ar", arabic]]) {
    if (typeof value === "string") {
      if (!value.trim()) faults.push(`${key}: ${locale} is empty`);
      if (/\{count\}/.test(value)) faults.push(`${key}: ${locale} counts without plural forms`);
      continue;
    }
    const forms = Object.keys(value[0].match).map((match) => match.split("=")[1]);
    if (forms.join() !== FORMS[locale].join()) faults.push(`${key}: ${locale} has the forms ${forms}, not ${FORMS[locale]}`);
  }
}
for (const key of all.ar.keys()) if (!all.en.has(key)) faults.push(`${key} has no English text`);
if (faults.length > 0) {
  for (const fault of faults) console.error(`texts: ${fault}`);
  process.exit(1);
}

const settings = file("../project.inlang/settings.json");
const before = readFileSync(settings, "utf8");
const project = JSON.parse(before);
project["plugin.inlang.messageFormat"].pathPattern = names.map((name) => `./messages/{locale}/${name}`);
const after = `${JSON.stringify(project, null, 2)}\n`;
if (after !== before) writeFileSync(settings, after);

await compile({
  project: file("../project.inlang"),
  outdir: file("../src/paraglide"),
  strategy: ["globalVariable", "baseLocale"],
  emitReadme: false,
  emitGitIgnore: false,
  emitPrettierIgnore: false,
  // The page runs in one browser, where no two requests share a language.
  disableAsyncLocalStorage: true,
});
