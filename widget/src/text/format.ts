// How numbers, times and spans are written: in the language, the digits and the time zone of the reader.
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { formatTag, zone } from "./prefs";

type Time = Timestamp | Date | undefined;

const numbers = new Map<string, Intl.NumberFormat>();

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = formatTag.value + JSON.stringify(options);
  let format = numbers.get(key);
  if (!format) {
    format = new Intl.NumberFormat(formatTag.value, options);
    numbers.set(key, format);
  }
  return format;
}

/** Puts text of another direction into a sentence without turning the sentence: the signs for "isolate". */
export function iso(text: string | number | bigint): string {
  return `\u2068${text}\u2069`;
}

export function num(value: number | bigint): string {
  return numberFormat({}).format(value);
}

/** 1,2 M in place of 1,234,567: for figures whose exact value stands elsewhere. */
export function short(value: number | bigint): string {
  return numberFormat({ notation: "compact", maximumFractionDigits: 1 }).format(value);
}

/** A share from 0 to 1. */
export function percent(share: number): string {
  return iso(numberFormat({ style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(share));
}

export function toDate(time: Time): Date | undefined {
  if (!time) return undefined;
  if (time instanceof Date) return time;
  return new Date(Number(time.seconds) * 1000 + Math.floor(time.nanos / 1e6));
}

function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(formatTag.value, { ...options, timeZone: zone.value, calendar: "gregory" });
}

/** Day and time of day, with the zone: what stands behind a relative time. */
export function exact(time: Time): string {
  const date = toDate(time);
  return date ? dateFormat({ dateStyle: "full", timeStyle: "long" }).format(date) : "";
}

export function day(time: Time): string {
  const date = toDate(time);
  return date ? dateFormat({ dateStyle: "medium" }).format(date) : "";
}

export function clock(time: Time): string {
  const date = toDate(time);
  return date ? dateFormat({ timeStyle: "short" }).format(date) : "";
}

/** To the second, for what follows quickly. */
export function timeOfDay(time: Time): string {
  const date = toDate(time);
  return date ? dateFormat({ timeStyle: "medium" }).format(date) : "";
}

export function dayAndClock(time: Time): string {
  const date = toDate(time);
  return date ? dateFormat({ dateStyle: "medium", timeStyle: "short" }).format(date) : "";
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];

/** "3 minutes ago", "in 2 days". */
export function relative(time: Time, now: number): string {
  const date = toDate(time);
  if (!date) return "";
  const seconds = Math.round((date.getTime() - now) / 1000);
  const [unit, size] = STEPS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  const format = new Intl.RelativeTimeFormat(formatTag.value, { numeric: "auto" });
  return format.format(Math.trunc(seconds / size), unit);
}

/** "4 min 12 s": the two greatest units. */
export function span(ms: number): string {
  const parts: [number, string][] =
    ms < 1000
      ? [[Math.round(ms), "millisecond"]]
      : ms < 60_000
        ? [[Math.round(ms / 100) / 10, "second"]]
        : ms < 3_600_000
          ? [
              [Math.floor(ms / 60_000), "minute"],
              [Math.floor((ms % 60_000) / 1000), "second"],
            ]
          : [
              [Math.floor(ms / 3_600_000), "hour"],
              [Math.floor((ms % 3_600_000) / 60_000), "minute"],
            ];
  return parts
    .filter(([value], place) => place === 0 || value > 0)
    .map(([value, unit]) => numberFormat({ style: "unit", unit, unitDisplay: "short" }).format(value))
    .join(" ");
}

/** The time between two moments in milliseconds; undefined if one is not known. */
export function between(from: Time, to: Time): number | undefined {
  const start = toDate(from);
  const end = toDate(to);
  return start && end ? end.getTime() - start.getTime() : undefined;
}

/** Joins words in the reader's language, with "and" or with "or". */
export function list(words: string[], type: "conjunction" | "disjunction" = "conjunction"): string {
  return new Intl.ListFormat(formatTag.value, { type }).format(words);
}
