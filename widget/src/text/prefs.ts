// What a person prefers about the page: language, digits, theme. Kept by the browser, never sent.
import { computed, effect, signal } from "@preact/signals";
import { overwriteGetLocale } from "../paraglide/runtime.js";

export type Language = "en" | "ar";
export type Digits = "auto" | "latn" | "arab";
export type Theme = "auto" | "light" | "dark";

const PREFIX = "sigma-sync:";

// A frame of another site may be denied its storage; the page then forgets preferences and works all the same.
function read(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // See above.
  }
}

function among<T extends string>(value: string | null, words: readonly T[], otherwise: T): T {
  return words.find((word) => word === value) ?? otherwise;
}

function browsers(): Language {
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("ar")) &&
    !navigator.languages[0]?.toLowerCase().startsWith("en")
    ? "ar"
    : "en";
}

/** Whether a person was here before, so that the language is theirs and not the browser's. */
export const wasHere = read("language") !== null;

export const language = signal<Language>(among(read("language"), ["en", "ar"], browsers()));
export const digits = signal<Digits>(among(read("digits"), ["auto", "latn", "arab"], "auto"));
export const theme = signal<Theme>(among(read("theme"), ["auto", "light", "dark"], "auto"));

/** The school's time zone, as its settings have it; that of the browser until they are read. */
export const zone = signal<string | undefined>(undefined);

// `ar` alone prints Latin digits; the browser's own Arabic region knows better what its people read.
const tag = computed(() => {
  if (language.value === "en") return "en-GB";
  const own = navigator.languages.find((tag) => /^ar-/i.test(tag)) ?? "ar";
  return own;
});

/** The tag with which numbers and times are written. */
export const formatTag = computed(() => {
  const base = tag.value.split("-u-")[0] ?? tag.value;
  return digits.value === "auto" ? base : `${base}-u-nu-${digits.value}`;
});

overwriteGetLocale(() => language.value);

/** Keeps the document and the browser's store in step with the preferences. */
export function startPrefs(): void {
  effect(() => {
    const root = document.documentElement;
    root.lang = language.value;
    root.dir = language.value === "ar" ? "rtl" : "ltr";
    root.dataset.theme = theme.value;
    write("language", language.value);
    write("digits", digits.value);
    write("theme", theme.value);
  });
}
