// What the texts compiled from messages/ become in the build (vite.config.ts): the text in one language or the other.
import { language } from "./prefs";

type Text = string | ((gaps: unknown) => string);

export function say(en: Text, ar: Text): (gaps?: unknown) => string {
  return (gaps) => {
    const text = language.value === "ar" ? ar : en;
    return typeof text === "string" ? text : text(gaps);
  };
}
