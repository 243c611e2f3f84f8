// A figure as curves. Time runs from the left in every language, as in the charts that people know; numbers and names are
// the reader's. Arrow keys move from step to step, and what is under the mark is said in words.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { OverviewPoint } from "../../gen/sigma/v1/overview_pb";
import { m } from "../../paraglide/messages.js";
import { digits, language, theme } from "../../text/prefs";
import { short } from "../../text/format";
import type { Figure } from "./figures";

export interface ChartProps {
  figure: Figure;
  points: readonly OverviewPoint[];
  when: (point: OverviewPoint) => string;
}

const HEIGHT = 150;

function colour(name: string): string {
  // A custom property may hold a function of the colour scheme; only a real property has the colour it comes to.
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

export default function Chart({ figure, points, when }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number>();
  const shownAs = `${theme.value} ${language.value} ${digits.value} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
  const data: uPlot.AlignedData = [points.map((point) => Number(point.start?.seconds ?? 0n)), ...figure.lines.map((line) => points.map(line.value))];
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const soft = colour("--soft");
    const grid = { stroke: colour("--line"), width: 1 };
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const ticks = (splits: number[], write: (value: number) => string) => splits.map(write);
    const made = new uPlot(
      {
        width: Math.max(200, element.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
        axes: [
          {
            stroke: soft,
            font,
            grid: { show: false },
            ticks: { show: false },
            size: 26,
            space: 70,
            values: (_, splits) => ticks(splits, (value) => nearest(points, value, when)),
          },
          { stroke: soft, font, grid, ticks: { show: false }, size: 56, space: 34, values: (_, splits) => ticks(splits, (value) => (figure.id === "duration" ? figure.write(value) : short(value))) },
        ],
        series: [
          {},
          ...figure.lines.map((line) => ({
            stroke: colour(line.tone),
            width: 2,
            ...(line.dash ? { dash: line.dash } : {}),
            points: { show: points.filter((point) => line.value(point) > 0).length < 3 },
          })),
        ],
        hooks: { setCursor: [(self) => setAt(self.cursor.idx ?? undefined)] },
      },
      data,
      element,
    );
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }));
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [shownAs, figure.id, points.length]);
  useEffect(() => plot.current?.setData(data), [points]);
  const point = at === undefined ? undefined : points[at];
  const move = (step: number) => {
    const next = Math.min(points.length - 1, Math.max(0, (at ?? (step > 0 ? -1 : points.length)) + step));
    setAt(next);
    const self = plot.current;
    if (self) self.setCursor({ left: self.valToPos(Number(points[next]?.start?.seconds ?? 0n), "x"), top: 0 }, false);
  };
  return (
    <>
      <div
        class="plot"
        dir="ltr"
        ref={box}
        tabIndex={0}
        role="group"
        aria-label={m.chart_label({ title: figure.title })}
        onKeyDown={(event) => {
          if (event.key === "ArrowRight") move(1);
          else if (event.key === "ArrowLeft") move(-1);
          else return;
          event.preventDefault();
        }}
      />
      <p class="small legend-row" aria-live="polite">
        {figure.lines.map((line) => (
          <span key={line.name} class="legend-item">
            <svg viewBox="0 0 24 4" class="swatch" aria-hidden="true">
              <line x1="0" y1="2" x2="24" y2="2" style={{ stroke: `var(${line.tone})` }} stroke-width="3" stroke-dasharray={line.dash?.join(" ")} />
            </svg>
            {line.name}
            {point && <span class="strong">{figure.write(line.value(point))}</span>}
          </span>
        ))}
        {point && <span class="soft">{when(point)}</span>}
      </p>
    </>
  );
}

// Marks of the axis stand at round values; the name is that of the step they fall on.
function nearest(points: readonly OverviewPoint[], value: number, when: (point: OverviewPoint) => string): string {
  const found = points.find((point) => Math.abs(Number(point.start?.seconds ?? 0n) - value) < 1) ?? points.find((point) => Number(point.start?.seconds ?? 0n) >= value);
  return found ? when(found) : "";
}
