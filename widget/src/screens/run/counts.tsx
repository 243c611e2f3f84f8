// The outcomes of a run as figures and as a line of proportions.
import { m } from "../../paraglide/messages.js";
import { num, short } from "../../text/format";
import { outcome } from "../../text/words";
import { Icon } from "../../ui/icon";
import type { Tally } from "./parts";

const PARTS = [
  ["new", "NEW"],
  ["updated", "UPDATED"],
  ["unchanged", "UNCHANGED"],
  ["skipped", "SKIPPED"],
  ["failed", "FAILED"],
] as const;

/** One line, widths in proportion; the words are beside it or in its name. */
export function Proportions({ tally }: { tally: Tally }) {
  const total = Number(tally.total);
  const words = PARTS.filter(([name]) => tally[name] > 0n).map(([name, word]) => `${outcome(word).text} ${num(tally[name])}`);
  return (
    <span class="proportioned">
      <span class="nowrap">{short(total)}</span>
      <span class="proportions" role="img" aria-label={words.join(" · ") || m.run_nothing_yet()} title={words.join(" · ")}>
        {PARTS.filter(([name]) => tally[name] > 0n).map(([name, word]) => (
          <span key={name} class={`tone-${outcome(word).tone} part-${name}`} style={{ "--part": String(Number(tally[name])) }} />
        ))}
      </span>
    </span>
  );
}

/** The figures; each leads to its records. */
export function Figures({ tally, href }: { tally: Tally; href: (status: string) => string }) {
  const rows = [...PARTS, ["warned", "WARNED"] as const].filter(([name]) => name !== "warned" || tally.warned > 0n);
  return (
    <dl class="facts">
      {rows.map(([name, word]) => {
        const shown = outcome(word);
        return (
          <div class="fact" key={name}>
            <dt class={tally[name] > 0n ? `tone-${shown.tone} toned` : ""}>
              <Icon name={shown.icon} /> {shown.text}
            </dt>
            <dd>{tally[name] > 0n ? <a href={href(word)}>{num(tally[name])}</a> : num(0)}</dd>
          </div>
        );
      })}
    </dl>
  );
}
