// The way of a run through its records: how many were through by when, and how fast it went; as curves or as a table.
import { useMemo } from "preact/hooks";
import { useCall } from "../../api/query";
import type { Filter } from "../../app/address";
import { type Run, SyncRunService } from "../../gen/sigma/v1/run_pb";
import type { RunMoment } from "../../gen/sigma/v1/summary_pb";
import { m } from "../../paraglide/messages.js";
import { num, short, span, timeOfDay, toDate } from "../../text/format";
import { language } from "../../text/prefs";
import { Card } from "../../ui/basic";
import { Curves, type Figure } from "../../ui/curves";
import { Select } from "../../ui/form";
import { Table } from "../../ui/table";
import { isActive } from "./parts";

export interface Step {
  /** Milliseconds since the run began. */
  ms: number;
  at: Date;
  done: number;
  /** Records a second since the step before. */
  rate: number;
}

/** The steps of a run from its begin to its end. Outcomes that were stored at once are one step. */
export function stepsOf(start: Date, moments: readonly RunMoment[], end?: Date): Step[] {
  const steps: Step[] = [{ ms: 0, at: start, done: 0, rate: 0 }];
  for (const moment of moments) {
    const at = toDate(moment.at) ?? start;
    const last = steps[steps.length - 1] as Step;
    const ms = Math.max(last.ms, at.getTime() - start.getTime());
    const step = { ms, at, done: Number(moment.done), rate: 0 };
    if (ms === last.ms && steps.length > 1) steps[steps.length - 1] = step;
    else steps.push(step);
  }
  const [last, ended] = [steps[steps.length - 1] as Step, end ? end.getTime() - start.getTime() : 0];
  if (end && ended > last.ms) steps.push({ ms: ended, at: end, done: last.done, rate: 0 });
  for (const [place, step] of steps.entries()) {
    const before = steps[place - 1];
    if (before) step.rate = step.ms > before.ms ? ((step.done - before.done) / (step.ms - before.ms)) * 1000 : 0;
  }
  return steps;
}

// Fewer steps are no curve; the figures of the run say it all.
const FEWEST = 3;

export function Timeline({ run, filter }: { run: Run; filter: Filter<"chart" | "page"> }) {
  const query = useCall(SyncRunService.method.summarizeRun, { runId: run.runId }, { everyMs: isActive(run) ? 5000 : undefined });
  const start = toDate(run.startedAt);
  const end = toDate(run.finishedAt);
  const moments = query.data?.moments;
  const steps = useMemo(() => (start && moments ? stepsOf(start, moments, end) : []), [moments, start?.getTime(), end?.getTime()]);
  const times = useMemo(() => steps.map((step) => step.ms / 1000), [steps]);
  const figures = useMemo<Figure[]>(() => {
    const fast = (value: number) => num(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
    return [
      { id: "done", title: m.timeline_done(), write: num, scale: short, lines: [{ name: m.timeline_done(), tone: "--accent", values: steps.map((step) => step.done) }] },
      { id: "rate", title: m.timeline_rate(), write: fast, scale: short, lines: [{ name: m.timeline_rate(), tone: "--info", values: steps.map((step) => step.rate) }] },
    ];
  }, [steps, language.value]);
  if (steps.length < FEWEST) return null;
  const when = (place: number) => m.timeline_after({ span: span(steps[place]?.ms ?? 0), time: timeOfDay(steps[place]?.at) });
  return (
    <Card
      title={m.timeline_title()}
      aside={
        <Select
          label={m.figures_as()}
          value={filter.values.chart}
          onChange={(chart) => filter.set({ chart, page: filter.values.page })}
          options={[
            { value: "", text: m.figures_curves() },
            { value: "table", text: m.figures_table() },
          ]}
        />
      }
    >
      {filter.values.chart === "table" ? (
        <div class="scrolls" role="region" tabIndex={0} aria-label={m.timeline_title()}>
          <Table<Step>
            label={m.timeline_title()}
            rows={steps}
            rowKey={(step) => String(step.ms)}
            columns={[
              { name: m.timeline_since(), main: true, cell: (step) => span(step.ms) },
              { name: m.timeline_time(), cell: (step) => timeOfDay(step.at) },
              ...figures.map((figure) => ({ name: figure.title, end: true, cell: (step: Step) => figure.write(figure.lines[0]?.values[steps.indexOf(step)] ?? 0) })),
            ]}
          />
        </div>
      ) : (
        <Curves figures={figures} times={times} when={when} tick={(seconds) => span(seconds * 1000)} />
      )}
    </Card>
  );
}
