// The transforms of a row as chips in their order: added, taken away, moved by mouse or keyboard, each with its parameters.
import type { JsonObject } from "@bufbuild/protobuf";
import { useId, useRef, useState } from "preact/hooks";
import type { Transform, ZohoField } from "../../gen/sigma/v1/metadata_pb";
import { m } from "../../paraglide/messages.js";
import { iso, num } from "../../text/format";
import { language } from "../../text/prefs";
import { Button, Id } from "../../ui/basic";
import { Icon } from "../../ui/icon";
import { Select } from "../../ui/form";
import { ParameterField } from "./parameter";
import { moved, paramsOf, shown, type Step, stepsOf, typeOf, withParam, withSteps } from "./set";
import { transformName } from "./words";

/** What a step does, in a few words: its name and its shortest parameters. */
export function brief(step: Step): string {
  const params = paramsOf(step);
  const said = Object.values(params)
    .filter((value) => typeof value === "number" || (typeof value === "string" && value.length > 0 && value.length <= 16))
    .slice(0, 2)
    .map((value) => iso(String(value)));
  return said.length > 0 ? `${transformName(typeOf(step))} ${said.join(" ")}` : transformName(typeOf(step));
}

export function Chips({ rules }: { rules: JsonObject }) {
  const steps = stepsOf(rules).filter((step) => typeOf(step) !== "value");
  if (steps.length === 0) return null;
  return (
    <span class="chips">
      {steps.map((step, place) => (
        <span class="chip" key={place}>
          {brief(step)}
        </span>
      ))}
    </span>
  );
}

function Example({ transform }: { transform: Transform }) {
  const { example } = transform;
  if (!example) return null;
  return (
    <p class="small soft">
      {m.mapping_example()} <Id>{example.value === "null" ? JSON.stringify(example.record ?? {}) : shown(example.value)}</Id> {"→"} <Id>{shown(example.result)}</Id>
    </p>
  );
}

interface StepsProps {
  rules: JsonObject;
  transforms: readonly Transform[];
  source: ZohoField | undefined;
  disabled: boolean;
  onChange: (rules: JsonObject) => void;
}

const MOST = 12;

export function Steps({ rules, transforms, source, disabled, onChange }: StepsProps) {
  const steps = stepsOf(rules);
  const [open, setOpen] = useState<number | undefined>(steps.length === 1 ? 0 : undefined);
  const [dragged, setDragged] = useState<number>();
  const [said, setSaid] = useState("");
  const buttons = useRef<HTMLOListElement>(null);
  const id = useId();
  const write = (next: Step[]) => onChange(withSteps(rules, next));
  const move = (from: number, to: number) => {
    if (to < 0 || to >= steps.length) return;
    write(moved(steps, from, to));
    if (open !== undefined) setOpen(open === from ? to : open === to ? from : open);
    setSaid(m.mapping_step_moved({ name: transformName(typeOf(steps[from] ?? {})), place: num(to + 1), all: num(steps.length) }));
    // The focus goes with the chip that was moved.
    requestAnimationFrame(() => (buttons.current?.children[to]?.querySelector("button") as HTMLElement | null)?.focus());
  };
  const current = open === undefined ? undefined : steps[open];
  const known = transforms.find((transform) => transform.name === typeOf(current ?? {}));
  const addable = transforms.filter((transform) => transform.name !== "chain");
  const replace = (step: Step) => write(steps.map((other, at) => (at === open ? step : other)));
  return (
    <div class="stack tight steps-editor">
      <span class="legend" id={`${id}-legend`}>
        {m.mapping_transforms()}
      </span>
      {steps.length > 0 ? (
        <ol class="chips" ref={buttons} aria-labelledby={`${id}-legend`}>
          {steps.map((step, place) => (
            <li
              key={place}
              class="chip-item"
              draggable={!disabled}
              onDragStart={(event) => {
                setDragged(place);
                event.dataTransfer?.setData("text/plain", String(place));
              }}
              onDragOver={(event) => {
                if (dragged !== undefined) event.preventDefault();
              }}
              onDrop={(event) => {
                event.preventDefault();
                if (dragged !== undefined && dragged !== place) move(dragged, place);
                setDragged(undefined);
              }}
            >
              <button
                type="button"
                class="chip opens"
                aria-expanded={open === place}
                aria-controls={`${id}-step`}
                aria-keyshortcuts={disabled ? undefined : "Alt+ArrowUp Alt+ArrowDown Delete"}
                onClick={() => setOpen(open === place ? undefined : place)}
                onKeyDown={(event) => {
                  if (disabled) return;
                  if (event.altKey && ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) {
                    const rtl = document.documentElement.dir === "rtl";
                    const forward = event.key === "ArrowDown" || event.key === (rtl ? "ArrowLeft" : "ArrowRight");
                    event.preventDefault();
                    move(place, place + (forward ? 1 : -1));
                  } else if (event.key === "Delete") {
                    event.preventDefault();
                    write(steps.filter((_, at) => at !== place));
                    setOpen(undefined);
                  }
                }}
              >
                <span class="chip-place">{num(place + 1)}</span> {brief(step)}
              </button>
              {place < steps.length - 1 && <Icon name="forward" />}
            </li>
          ))}
        </ol>
      ) : (
        <p class="small soft">{m.mapping_as_it_is()}</p>
      )}
      <span class="unseen" role="status">
        {said}
      </span>
      <div id={`${id}-step`}>
        {current && open !== undefined && (
          <div class="step-panel stack">
            <div class="row tight apart">
              <p class="strong">
                {transformName(typeOf(current))} <Id>{typeOf(current)}</Id>
              </p>
              {!disabled && (
                <span class="row tight">
                  <Button small look="quiet" icon="up" label={m.mapping_step_earlier()} disabled={open === 0} onClick={() => move(open, open - 1)} />
                  <Button small look="quiet" icon="down" label={m.mapping_step_later()} disabled={open === steps.length - 1} onClick={() => move(open, open + 1)} />
                  <Button
                    small
                    look="quiet"
                    icon="trash"
                    label={m.mapping_step_remove()}
                    onClick={() => {
                      write(steps.filter((_, at) => at !== open));
                      setOpen(undefined);
                    }}
                  />
                </span>
              )}
            </div>
            {known && language.value === "en" && <p class="small soft">{known.meaning}</p>}
            {known ? (
              known.parameters.length > 0 && (
                <div class="two" key={`${open}-${known.name}`}>
                  {known.parameters.map((parameter) => (
                    <ParameterField key={parameter.name} parameter={parameter} value={paramsOf(current)[parameter.name]} source={source} disabled={disabled} onChange={(value) => replace(withParam(current, parameter.name, value))} />
                  ))}
                </div>
              )
            ) : (
              <pre class="command" dir="ltr" tabIndex={0}>
                {JSON.stringify(current, null, 2)}
              </pre>
            )}
            {known && <Example transform={known} />}
          </div>
        )}
      </div>
      {!disabled && steps.length < MOST && (
        <Select
          label={m.mapping_step_add()}
          value=""
          options={[{ value: "", text: m.mapping_choose() }, ...addable.map((transform) => ({ value: transform.name, text: `${transformName(transform.name)} (${transform.name})` }))]}
          onChange={(name) => {
            if (!name) return;
            write([...steps, { type: name }]);
            setOpen(steps.length);
          }}
        />
      )}
    </div>
  );
}
