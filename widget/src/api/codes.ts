// The words of the server in the reader's language: from the table of codes (`ListErrorCodes`), which is asked for once.
import { signal } from "@preact/signals";
import { type ErrorCode, MetadataService } from "../gen/sigma/v1/metadata_pb";
import type { ChecklistStep } from "../gen/sigma/v1/settings_pb";
import { iso, list } from "../text/format";
import { language } from "../text/prefs";
import { moduleName } from "../text/words";
import type { Failure } from "./failure";
import { type Gaps, fillGaps, gapsIn, isFilled } from "./gaps";
import { call } from "./transport";

const table = signal<ReadonlyMap<string, ErrorCode>>(new Map());
let asked: Promise<void> | undefined;

// The table is long, and what a screen shows first seldom needs it.
const idle = () => new Promise<void>((done) => ("requestIdleCallback" in globalThis ? requestIdleCallback(() => done(), { timeout: 500 }) : setTimeout(done, 200)));

/** Asks for the table; a failure is tried again at the next need. */
export function learnCodes(): void {
  if (table.peek().size > 0 || asked) return;
  asked = idle()
    .then(() => call(MetadataService.method.listErrorCodes, {}))
    .then(
      ({ codes }) => {
        table.value = new Map(codes.map((code) => [code.code, code]));
      },
      () => {
        asked = undefined;
      },
    );
}

export function codeOf(word: string | undefined): ErrorCode | undefined {
  return word ? table.value.get(word) : undefined;
}

function texts(word: string, wanted: string) {
  const texts = codeOf(word)?.texts;
  return texts?.find((text) => text.language === wanted) ?? texts?.[0];
}

// Messages begin in lower case, since they often follow a name. A word with an underscore is a name itself.
function begin(text: string): string {
  return /^[a-z]+(?=[\s,.;:]|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

/**
 * What a code means, with what it is about: `params` if the caller knows it, otherwise what the server's English message
 * `said` tells. A message that was not made from the table is shown as it is.
 */
export function sentenceOf(word: string, said = "", params: Gaps = {}): string {
  const text = texts(word, language.value);
  if (!text) return begin(said) || word;
  const english = texts(word, "en");
  const gaps = { ...(said && english ? gapsIn(english.message, said, english.remedy) : {}), ...params };
  if (said && language.value === "en" && !isFilled(text.message, gaps)) return begin(said);
  return begin(fillGaps(text.message, gaps, iso));
}

/** Why a step of the checklist is not done. */
export function lackOf({ code, reason, modules }: Pick<ChecklistStep, "code" | "reason" | "modules">): string {
  return sentenceOf(code ?? "", reason ?? "", modules.length > 0 ? { modules: list(modules.map((name) => iso(moduleName(name)))) } : {});
}

/** What to do about a code; "" if the table has nothing. */
export function remedyOf(word: string, params: Gaps = {}, said = ""): string {
  const text = texts(word, language.value);
  if (!text) return "";
  const english = texts(word, "en");
  const gaps = { ...(said && english ? gapsIn(english.message, said, english.remedy) : {}), ...params };
  return fillGaps(text.remedy, gaps, iso);
}

/** The name of a code for lists: its sentence without what it is about. */
export function titleOf(word: string): string {
  return sentenceOf(word);
}

/** A failure in one sentence. */
export function sentenceOfFailure(failure: Failure): string {
  if (failure.localized && failure.localized.locale.startsWith(language.value)) return failure.localized.message;
  return failure.code ? sentenceOf(failure.code, failure.message, failure.params) : begin(failure.message);
}
