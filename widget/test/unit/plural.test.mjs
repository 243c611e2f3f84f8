// Every counted text in both languages, with the counts that have a form of their own in Arabic.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withSources } from "./load.mjs";

const folder = fileURLToPath(new URL("../../messages/ar/", import.meta.url));
const counted = readdirSync(folder).flatMap((name) =>
  Object.entries(JSON.parse(readFileSync(folder + name, "utf8"))).filter(([, value]) => Array.isArray(value)),
);

await withSources(["paraglide/messages.js", "text/prefs.ts"], ({ m }, { language }) => {
  for (const [key, [{ declarations, match }]] of counted) {
    test(`${key} in six forms`, () => {
      const others = Object.fromEntries(declarations.filter((line) => line.startsWith("input ")).map((line) => [line.slice(6), "·"]));
      language.value = "ar";
      const said = [0, 1, 2, 3, 11, 100].map((count) => m[key]({ ...others, count, n: String(count) }));
      const wanted = ["zero", "one", "two", "few", "many", "other"];
      for (const [place, text] of said.entries()) {
        const form = match[`form=${wanted[place]}`].replace(/\{n\}/g, [0, 1, 2, 3, 11, 100][place]).replace(/\{\w+\}/g, "·");
        assert.equal(text, form);
        assert.match(text, /[\u0600-\u06ff]/);
      }
      language.value = "en";
      for (const count of [0, 1, 2]) assert.doesNotMatch(m[key]({ ...others, count, n: String(count) }), /[\u0600-\u06ff{}]/);
    });
  }
});
