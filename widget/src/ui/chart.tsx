// A figure as curves. Time runs from the left in every language, as in the charts that people know; numbers and names are
// the reader's. Arrow keys move from step to step, and what is under the mark is said in words.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { m } from "../paraglide/messages.js";
import { digits, language, theme } from "../text/prefs";
import type { ChartProps } from "./curves";

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

export default function Chart({ figure, times, when, tick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [at, setAt] = useState<number>();
  const shownAs = `${theme.value} ${language.value} ${digits.value} ${matchMedia("(prefers-color-scheme: dark)").matches}`;
  const data: uPlot.AlignedData = [[...times], ...figure.lines.map((line) => [...line.values])];
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
            values: (_, splits) => ticks(splits, tick),
          },
          { stroke: soft, font, grid, ticks: { show: false }, size: 56, space: 34, values: (_, splits) => ticks(splits, figure.scale) },
        ],
        series: [
          {},
          ...figure.lines.map((line) => ({
            stroke: colour(line.tone),
            width: 2,
            ...(line.dash ? { dash: line.dash } : {}),
            points: { show: line.values.filter((value) => value > 0).length < 3 },
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
  }, [shownAs, figure.id, times.length]);
  useEffect(() => plot.current?.setData(data), [times, figure]);
  const place = at !== undefined && at < times.length ? at : undefined;
  const move = (step: number) => {
    const next = Math.min(times.length - 1, Math.max(0, (place ?? (step > 0 ? -1 : times.length)) + step));
    setAt(next);
    const self = plot.current;
    if (self) self.setCursor({ left: self.valToPos(times[next] ?? 0, "x"), top: 0 }, false);
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
            {place !== undefined && <span class="strong">{figure.write(line.values[place] ?? 0)}</span>}
          </span>
        ))}
        {place !== undefined && <span class="soft">{when(place)}</span>}
      </p>
    </>
  );
}
