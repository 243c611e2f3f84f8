// How it has been going: records, failures by who has to act, the time of runs and Zoho's credits, over a day, a week or a
// month; as curves, whose numbers come by pointer and keyboard, or as a table.
import { useMemo } from "preact/hooks";
import { seesModule } from "../../api/access";
import type { Filter } from "../../app/address";
import type { GetOverviewResponse, OverviewPoint } from "../../gen/sigma/v1/overview_pb";
import { m } from "../../paraglide/messages.js";
import { clock, day, dayAndClock, num, percent, short, span } from "../../text/format";
import { language } from "../../text/prefs";
import { MODULES, className, moduleName } from "../../text/words";
import { Curves, type Figure } from "../../ui/curves";
import { Select } from "../../ui/form";
import { Table } from "../../ui/table";

function figuresOf(points: readonly OverviewPoint[]): Figure[] {
  const line = (name: string, tone: string, value: (point: OverviewPoint) => number | bigint, dash?: number[]) => ({ name, tone, values: points.map((point) => Number(value(point))), ...(dash ? { dash } : {}) });
  return [
    {
      id: "records",
      title: m.figure_records(),
      write: num,
      scale: short,
      lines: [line(m.figure_read(), "--accent", (point) => point.read), line(m.figure_written(), "--info", (point) => point.new + point.updated, [6, 3])],
    },
    {
      id: "failures",
      title: m.figure_failures(),
      write: num,
      scale: short,
      lines: [
        line(className("I"), "--bad", (point) => point.failedInvalid),
        line(className("R"), "--warn", (point) => point.failedRejected, [6, 3]),
        line(className("T"), "--info", (point) => point.failedTransient, [2, 3]),
      ],
    },
    {
      id: "duration",
      title: m.figure_duration(),
      write: span,
      scale: span,
      lines: [line(m.figure_p95({ share: percent(0.95) }), "--held", (point) => point.durationP95Ms ?? 0n)],
    },
    { id: "credits", title: m.figure_credits(), write: num, scale: short, lines: [line(m.figure_credits_used(), "--accent", (point) => point.zohoCredits)] },
  ];
}

export function Figures({ overview, filter }: { overview: GetOverviewResponse; filter: Filter<"window" | "module" | "chart"> }) {
  const { window, module, chart } = filter.values;
  const asTable = chart === "table";
  const when = (point: OverviewPoint | undefined) => (overview.stepS >= 86_400n ? day(point?.start) : overview.stepS >= 21_600n ? dayAndClock(point?.start) : clock(point?.start));
  const { series } = overview;
  const quiet = series.every((point) => point.runs === 0n);
  const figures = useMemo(() => figuresOf(series), [series, language.value]);
  const times = useMemo(() => series.map((point) => Number(point.start?.seconds ?? 0n)), [series]);
  // Marks of the axis stand at round values; the name is that of the step they fall on.
  const tick = (value: number) => {
    const place = times.findIndex((time) => time > value - 1);
    return place < 0 ? "" : when(series[place]);
  };
  return (
    <div class="stack">
      <div class="row apart">
        <h2>{m.figures_title()}</h2>
        <div class="row tight figure-filters">
          <Select
            label={m.runs_since()}
            value={window}
            onChange={(value) => filter.set({ window: value })}
            options={[
              { value: "24h", text: m.window_24h({ n: num(24) }) },
              { value: "7d", text: m.window_7d({ n: num(7) }) },
              { value: "30d", text: m.window_30d({ n: num(30) }) },
            ]}
          />
          <Select
            label={m.runs_module()}
            value={module}
            onChange={(value) => filter.set({ module: value })}
            options={[{ value: "", text: m.all() }, ...MODULES.filter((word) => seesModule(word)).map((word) => ({ value: word, text: moduleName(word) }))]}
          />
          <Select
            label={m.figures_as()}
            value={chart}
            onChange={(value) => filter.set({ chart: value })}
            options={[
              { value: "", text: m.figures_curves() },
              { value: "table", text: m.figures_table() },
            ]}
          />
        </div>
      </div>
      {quiet ? (
        <p class="soft">{m.figures_quiet()}</p>
      ) : asTable ? (
        <div class="scrolls" role="region" tabIndex={0} aria-label={m.figures_title()}>
          <Table<{ point: OverviewPoint; place: number }>
            label={m.figures_title()}
            rows={series.map((point, place) => ({ point, place })).filter(({ point }) => point.runs > 0n)}
            rowKey={({ place }) => String(times[place])}
            columns={[
              { name: m.figures_time(), main: true, cell: ({ point }) => when(point) },
              { name: m.screen_runs(), end: true, cell: ({ point }) => num(point.runs) },
              ...figures.flatMap((figure) => figure.lines.map((line) => ({ name: line.name, end: true, cell: ({ place }: { place: number }) => figure.write(line.values[place] ?? 0) }))),
            ]}
          />
        </div>
      ) : (
        <Curves figures={figures} times={times} when={(place) => when(series[place])} tick={tick} />
      )}
    </div>
  );
}
