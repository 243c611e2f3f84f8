// Commands and small programs to copy: always left to right, in a region of its own that scrolls.
import { useId, useState } from "preact/hooks";
import { m } from "../paraglide/messages.js";
import { Copy } from "./basic";

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <div class="code">
      <pre dir="ltr" role="region" tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
      <Copy text={text} label={`${m.copy()}: ${label}`} />
    </div>
  );
}

export interface Sample {
  name: string;
  text: string;
}

/** The same thing in several languages, one at a time. */
export function Samples({ label, samples }: { label: string; samples: readonly Sample[] }) {
  const [shown, setShown] = useState(0);
  const id = useId();
  const sample = samples[shown] ?? samples[0];
  const move = (step: number) => {
    const next = (shown + step + samples.length) % samples.length;
    setShown(next);
    document.getElementById(`${id}-${next}`)?.focus();
  };
  return (
    <div class="stack tight">
      <div
        class="tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={(event) => {
          const step = document.dir === "rtl" ? -1 : 1;
          if (event.key === "ArrowRight") move(step);
          else if (event.key === "ArrowLeft") move(-step);
          else return;
          event.preventDefault();
        }}
      >
        {samples.map(({ name }, place) => (
          <button key={name} type="button" role="tab" id={`${id}-${place}`} aria-selected={place === shown} aria-controls={`${id}-panel`} tabIndex={place === shown ? 0 : -1} onClick={() => setShown(place)}>
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown}`}>
        {sample && <Code text={sample.text} label={sample.name} />}
      </div>
    </div>
  );
}
