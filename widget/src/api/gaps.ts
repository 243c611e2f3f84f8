// The gaps of a sentence: filling them, and finding again what filled them. Items and runs carry the English sentence that
// was made from a row of the table of codes; with its values, the same is said in another language.

export type Gaps = Readonly<Record<string, string>>;

const GAP = /\{([a-z_]+)\}/g;

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/**
 * The values with which a row's English sentence became `said`; undefined if `said` was not made from it. The server writes
 * the sentence without its full stop and with a small first letter, and sometimes the remedy after a semicolon.
 */
export function gapsIn(template: string, said: string, remedy = ""): Gaps | undefined {
  const names: string[] = [];
  const pattern = (text: string) => {
    let out = "";
    let from = 0;
    for (const gap of text.matchAll(GAP)) {
      out += literal(text.slice(from, gap.index));
      const name = gap[1] ?? "";
      const before = names.indexOf(name);
      // The same gap twice has the same value twice.
      if (before < 0) names.push(name);
      out += before < 0 ? "([\\s\\S]+?)" : `\\${before + 1}`;
      from = gap.index + gap[0].length;
    }
    return out + literal(text.slice(from));
  };
  const bare = (text: string) => text.replace(/\.+$/, "");
  const tail = remedy ? `(?:; ${pattern(bare(remedy))})?` : "";
  const found = new RegExp(`^${pattern(bare(template))}${tail}\\.?$`, "i").exec(said.trim());
  if (!found) return undefined;
  return Object.fromEntries(names.flatMap((name, place) => (found[place + 1] === undefined ? [] : [[name, found[place + 1] ?? ""]])));
}

/** Fills the gaps of a sentence; `shown` writes a value. A gap without a value reads as "…". */
export function fillGaps(text: string, gaps: Gaps, shown: (value: string) => string): string {
  return text.replace(GAP, (_, name: string) => (gaps[name] ? shown(gaps[name]) : "…"));
}

/** Whether every gap of a sentence has a value. */
export function isFilled(text: string, gaps: Gaps): boolean {
  return [...text.matchAll(GAP)].every(([, name]) => Boolean(gaps[name ?? ""]));
}
