// What lists and pages of runs have in common: their state, their counts, how long they took, who started them.
import { useEffect, useState } from "preact/hooks";
import type { Run } from "../../gen/sigma/v1/run_pb";
import { m } from "../../paraglide/messages.js";
import { between, iso, span, toDate } from "../../text/format";
import { ahead } from "../../text/time";
import { RUN_STATES, runState } from "../../text/words";
import { Pill } from "../../ui/basic";

const STATES = ["", "queued", "running", "held", "completed", "partial", "failed", "cancelled"] as const;

/** The state of a run in one word, with the queued ones apart from the running ones. */
export function stateOf(run: Run): string {
  const exact = STATES[run.state] || run.status;
  return exact in RUN_STATES ? exact : run.status;
}

export function isActive(run: Run): boolean {
  return ["queued", "running"].includes(stateOf(run));
}

export function RunState({ run }: { run: Run }) {
  const { text, tone, icon, spin } = runState(stateOf(run));
  return (
    <Pill tone={tone} icon={icon} spin={spin ?? false}>
      {text}
    </Pill>
  );
}

export interface Tally {
  new: bigint;
  updated: bigint;
  unchanged: bigint;
  skipped: bigint;
  failed: bigint;
  warned: bigint;
  total: bigint;
}

/** The counts of a run, those so far while it is active. */
export function tallyOf(run: Run): Tally {
  const counts = run.progress ?? run.counts;
  const final = run.counts?.total === undefined ? counts : run.counts;
  return {
    new: final?.new ?? 0n,
    updated: final?.updated ?? 0n,
    unchanged: final?.unchanged ?? 0n,
    skipped: final?.skipped ?? 0n,
    failed: final?.failed ?? 0n,
    warned: final?.warned ?? 0n,
    total: final?.total ?? 0n,
  };
}

/** How long a run took; of an active one, how long it has been going on, second by second. */
export function Duration({ run }: { run: Run }) {
  const [, tick] = useState(0);
  const active = isActive(run);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [active]);
  const ms = active ? Date.now() + ahead.value - (toDate(run.startedAt)?.getTime() ?? Date.now()) : between(run.startedAt, run.finishedAt);
  if (ms === undefined || ms < 0) return <span class="soft">–</span>;
  return <span class="nowrap">{span(active ? Math.floor(ms / 1000) * 1000 : ms)}</span>;
}

/** Who started a run, in words: a retry names its run, a session its person. */
export function startedBy(run: Run): string {
  const who = run.triggeredBy ?? "";
  const retried = /^retry_of_(.+)$/.exec(who)?.[1];
  if (retried) return m.run_retry_of({ id: iso(retried.slice(0, 8)) });
  return who ? iso(who) : "";
}
