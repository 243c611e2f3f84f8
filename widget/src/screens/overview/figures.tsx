// How it has been going: records, failures by who has to act, the time of runs and Zoho's credits, over a day, a week or a
// month; as curves, whose numbers come by pointer and keyboard, or as a table.
import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { seesModule } from "../../api/access";
import type { Filter } from "../../app/address";
import type { GetOverviewResponse, OverviewPoint } from "../../gen/sigma/v1/overview_pb";
import { m } from "../../paraglide/messages.js";
import { clock, day, dayAndClock, num, percent, span } from "../../text/format";
import { MODULES, className, moduleName } from "../../text/words";
import { Select } from "../../ui/form";
import { Waiting } from "../../ui/state";
import { Table } from "../../ui/table";
import type { ChartProps } from "./chart";

/** One figure over time: its lines, and how a value is written. */
export interface Figure {
  id: string;
  title: string;
  lines: { name: string; tone: string; dash?: number[]; value: (point: OverviewPoint) => number }[];
  write: (value: number) => string;
}

export function figures(): Figure[] {
  return [
    {
      id: "records",
      title: m.figure_records(),
      write: (value) => num(value),
      lines: [
        { name: m.figure_read(), tone: "--accent", value: (point) => Number(point.read) },
        { name: m.figure_written(), tone: "--info", dash: [6, 3], value: (point) => Number(point.new + point.updated) },
      ],
    },
    {
      id: "failures",
      title: m.figure_failures(),
      write: (value) => num(value),
      lines: [
        { name: className("I"), tone: "--bad", value: (point) => Number(point.failedInvalid) },
        { name: className("R"), tone: "--warn", dash: [6, 3], value: (point) => Number(point.failedRejected) },
        { name: className("T"), tone: "--info", dash: [2, 3], value: (point) => Number(point.failedTransient) },
      ],
    },
    {
      id: "duration",
      title: m.figure_duration(),
      write: (value) => span(value),
      lines: [{ name: m.figure_p95({ share: percent(0.95) }), tone: "--held", value: (point) => Number(point.durationP95Ms ?? 0n) }],
    },
    {
      id: "credits",
      title: m.figure_credits(),
      write: (value) => num(value),
      lines: [{ name: m.figure_credits_used(), tone: "--accent", value: (point) => Number(point.zohoCredits) }],
    },
  ];
}

let Chart: ComponentType<ChartProps> | undefined;

/** The drawing library comes only when a curve is to be drawn. */
function useChart(): ComponentType<ChartProps> | undefined {
  const [, loaded] = useState(Chart !== undefined);
  useEffect(() => {
    if (Chart) return;
    void import("./chart").then((file) => {
      Chart = file.default;
      loaded(true);
    });
  }, []);
  return Chart;
}

export function Figures({ overview, filter }: { overview: GetOverviewResponse; filter: Filter<"window" | "module" | "chart"> }) {
  const { window, module, chart } = filter.values;
  const Drawn = useChart();
  const asTable = chart === "table";
  const when = (point: OverviewPoint) => (overview.stepS >= 86_400n ? day(point.start) : overview.stepS >= 21_600n ? dayAndClock(point.start) : clock(point.start));
  const quiet = overview.series.every((point) => point.runs === 0n);
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
          <Table<OverviewPoint>
            label={m.figures_title()}
            rows={overview.series.filter((point) => point.runs > 0n)}
            rowKey={(point) => String(point.start?.seconds)}
            columns={[
              { name: m.figures_time(), main: true, cell: when },
              { name: m.screen_runs(), end: true, cell: (point) => num(point.runs) },
              ...figures().flatMap((figure) => figure.lines.map((line) => ({ name: line.name, end: true, cell: (point: OverviewPoint) => figure.write(line.value(point)) }))),
            ]}
          />
        </div>
      ) : (
        <div class="grid charts">
          {figures().map((figure) => (
            <figure key={figure.id} class="chart">
              <figcaption class="strong">{figure.title}</figcaption>
              {Drawn ? <Drawn figure={figure} points={overview.series} when={when} /> : <Waiting lines={4} />}
            </figure>
          ))}
        </div>
      )}
    </div>
  );
}
