// What is drawn as curves: times, lines with their values, and how both are written. The drawing itself is in chart.tsx, which
// comes with its library only when a curve is to be drawn.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Waiting } from "./state";

export interface Line {
  name: string;
  /** Name of the property that has its colour. */
  tone: string;
  dash?: number[];
  /** One for each time. */
  values: readonly number[];
}

/** One figure over time. */
export interface Figure {
  id: string;
  title: string;
  lines: readonly Line[];
  write: (value: number) => string;
  /** The same, shorter, for the axis. */
  scale: (value: number) => string;
}

export interface ChartProps {
  figure: Figure;
  /** Seconds, growing. */
  times: readonly number[];
  /** The time at a place, in words. */
  when: (place: number) => string;
  /** A time on the axis, in a few letters. */
  tick: (seconds: number) => string;
}

let Chart: ComponentType<ChartProps> | undefined;

function useChart(): ComponentType<ChartProps> | undefined {
  const [, loaded] = useState(Chart !== undefined);
  useEffect(() => {
    if (Chart) return undefined;
    let gone = false;
    const load = () =>
      import("./chart").then((file) => {
        Chart = file.default;
        if (!gone) loaded(true);
      });
    // What is around the curves is drawn first.
    const frame = requestAnimationFrame(() => setTimeout(() => void load()));
    return () => {
      gone = true;
      cancelAnimationFrame(frame);
    };
  }, []);
  return Chart;
}

/** Figures that share their times, side by side. */
export function Curves({ figures, ...axis }: { figures: readonly Figure[] } & Omit<ChartProps, "figure">) {
  const Drawn = useChart();
  return (
    <div class="grid charts">
      {figures.map((figure) => (
        <figure key={figure.id} class="chart">
          <figcaption class="strong">{figure.title}</figcaption>
          {Drawn ? <Drawn figure={figure} {...axis} /> : <Waiting lines={4} />}
        </figure>
      ))}
    </div>
  );
}
