// The signs of the page: drawn in one weight, 24 by 24. Those that mean a direction turn with the language.
const PATHS = {
  overview: "M4 13h6V4H4v9Zm0 7h6v-4H4v4Zm10 0h6v-9h-6v9Zm0-16v4h6V4h-6Z",
  runs: "M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-3.3 2.7-6 6-6s6 2.7 6 6M15.5 4.5a3.5 3.5 0 0 1 0 6M17.5 14.5c2.1.9 3.5 3 3.5 5.5",
  modules: "M12 3 3.5 7.5 12 12l8.5-4.5L12 3ZM3.5 12 12 16.5l8.5-4.5M3.5 16.5 12 21l8.5-4.5",
  mappings: "M4 6h5c4 0 2 12 6 12h5M17 15l3 3-3 3M4 18h4M16 6h4",
  connections: "M9 15l6-6M8 11l-2.5 2.5a3.9 3.9 0 0 0 5.5 5.5L13.5 16.5M16 13l2.5-2.5A3.9 3.9 0 0 0 13 5l-2.500 2.500",
  keys: "M14.500 13.500a5 5 0 1 0-4-4L4 16v4h4v-2.500h2.500V15l1.500-1.500M16 8h.01",
  audit: "M7 3h7l4 4v14H7V3Zm7 0v4h4M10 12h5M10 16h5",
  tenants: "M4 20V9l8-5 8 5v11M4 20h16M9.500 20v-5h5v5M12 9.500v.01",
  more: "M6 12a1 1 0 1 1-2 0 1 1 0 0 1 2 0Zm7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0Zm7 0a1 1 0 1 1-2 0 1 1 0 0 1 2 0Z",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4.500 4.500",
  language: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.500 12h17M12 3c2.500 2.500 3.500 5.500 3.500 9s-1 6.500-3.500 9c-2.500-2.500-3.500-5.500-3.500-9s1-6.500 3.500-9Z",
  theme: "M12 3v18a9 9 0 0 0 0-18Zm0 0a9 9 0 0 0 0 18",
  check: "M5 12.500 10 17 19.500 7",
  good: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm-4-8.500 3 3 5-6",
  warn: "M12 4 2.500 20h19L12 4Zm0 6v5M12 17.500v.01",
  bad: "M8.300 3h7.400L21 8.300v7.400L15.700 21H8.300L3 15.700V8.300L8.300 3ZM9 9l6 6M15 9l-6 6",
  held: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM10 9v6M14 9v6",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-10v5M12 8v.01",
  wait: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-13.500V12l3 2",
  turn: "M12 3a9 9 0 1 0 9 9",
  off: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM6 6l12 12",
  dash: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12h8",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  pencil: "M4 20l1-4L16 5l3 3L8 19l-4 1ZM13.500 7.500l3 3",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  copy: "M9 9h11v11H9V9Zm-5 6V4h11",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  play: "M8 5v14l11-7L8 5Z",
  retry: "M4 12a8 8 0 1 0 2.500-5.800L4 8.500M4 4v4.500h4.500",
  forward: "M9 5l7 7-7 7",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  back: "M15 5l-7 7 7 7",
  arrow: "M4 12h16M14 6l6 6-6 6",
  out: "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
  filter: "M4 5h16l-6 8v6l-4-2v-4L4 5Z",
  lock: "M6 11h12v9H6v-9Zm2.500 0V8a3.500 3.500 0 0 1 7 0v3",
  cloud: "M3 3l18 18M8 7.500A5.500 5.500 0 0 1 17.300 10 4.500 4.500 0 0 1 19.500 18M15.500 19H7a4.500 4.500 0 0 1-1-8.900",
} as const;

export type IconName = keyof typeof PATHS;

const TURNING: ReadonlySet<IconName> = new Set(["forward", "back", "arrow", "out", "mappings", "play", "retry", "runs"]);

/** A sign beside a text. It says nothing by itself; `label` gives it a name where it stands alone. */
export function Icon({ name, label, spin }: { name: IconName; label?: string; spin?: boolean }) {
  const turning = TURNING.has(name) ? " turns" : "";
  return (
    <svg
      class={`icon${turning}${spin ? " spin" : ""}`}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" as const })}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The mark of the product: a Σ whose strokes are two arrows that meet. */
export function Mark() {
  return (
    <svg class="icon-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="currentColor" opacity="0.16" />
      <path d="M22 9H10.5l6 7-6 7H22" fill="none" stroke="currentColor" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
