// A parameter of a transform, typed as its description says. What does not fit into its kind of field is edited as JSON, so
// that no value is lost.
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import type { TransformParameter, ZohoField } from "../../gen/sigma/v1/metadata_pb";
import { m } from "../../paraglide/messages.js";
import { iso } from "../../text/format";
import { language } from "../../text/prefs";
import { Button } from "../../ui/basic";
import { Select, TextArea, TextField } from "../../ui/form";
import { isObject, shown } from "./set";
import { parameterName, wordName } from "./words";

export interface ParameterProps {
  parameter: TransformParameter;
  value: JsonValue | undefined;
  onChange: (value: JsonValue | undefined) => void;
  /** The row's own field, for the words of its choices. */
  source: ZohoField | undefined;
  disabled: boolean;
}

/** A typed text as the value that it stands for. */
export function scalarOf(text: string): JsonValue {
  if (text === "true") return true;
  if (text === "false") return false;
  if (/^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) && String(Number(text)) === text) return Number(text);
  return text;
}

const textOf = (value: JsonValue | undefined): string => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));

const isTextList = (value: JsonValue | undefined): value is string[] => Array.isArray(value) && value.every((one) => typeof one === "string");

function Json({ label, help, value, onChange }: { label: string; help: string; value: JsonValue | undefined; onChange: (value: JsonValue | undefined) => void }) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [fault, setFault] = useState<string>();
  return (
    <TextArea
      label={label}
      help={help}
      fault={fault}
      dir="ltr"
      value={text}
      onInput={(next) => {
        setText(next);
        try {
          onChange(next.trim() ? (JSON.parse(next) as JsonValue) : undefined);
          setFault(undefined);
        } catch {
          setFault(m.mapping_not_json());
        }
      }}
    />
  );
}

// What is being typed keeps its empty line; what is stored has none.
function Lines({ label, help, value, onChange }: { label: string; help: string; value: readonly string[]; onChange: (value: JsonValue | undefined) => void }) {
  const [text, setText] = useState(() => value.join("\n"));
  return (
    <TextArea
      label={label}
      help={help}
      rows={3}
      value={text}
      onInput={(next) => {
        setText(next);
        const lines = next.split("\n").map((line) => line.trim()).filter(Boolean);
        onChange(lines.length > 0 ? lines : undefined);
      }}
    />
  );
}

// The words of `value_map`: pairs in their order. A pair is typed as text and keeps the kind of its value.
function Pairs({ label, value, onChange, source, disabled }: { label: string; value: JsonObject; onChange: (value: JsonObject) => void; source: ZohoField | undefined; disabled: boolean }) {
  const [rows, setRows] = useState<[string, string][]>(() => Object.entries(value).map(([word, to]) => [word, to === null ? "" : textOf(to)]));
  const [nulls] = useState(() => new Set(Object.entries(value).flatMap(([word, to]) => (to === null ? [word] : []))));
  const write = (next: [string, string][]) => {
    setRows(next);
    const kept = next
      .filter(([word]) => word !== "")
      .map(([word, to]): [string, JsonValue] => {
        const before = value[word];
        if (to === "" && (nulls.has(word) || before === null)) return [word, null];
        return [word, typeof before === "string" ? to : before !== undefined && textOf(before) === to ? before : to];
      });
    onChange(Object.fromEntries(kept));
  };
  const missing = (source?.choices ?? []).filter(({ stored }) => stored !== "-None-" && !rows.some(([word]) => word.toLowerCase() === stored.toLowerCase()));
  return (
    <fieldset class="choice">
      <legend class="legend">{label}</legend>
      <div class="stack tight">
        {rows.map(([word, to], place) => (
          <div class="pair-row" key={place}>
            <input type="text" aria-label={m.mapping_word_from()} value={word} disabled={disabled} onInput={(event) => write(rows.map((row, at) => (at === place ? [event.currentTarget.value, row[1]] : row)))} />
            <span aria-hidden="true">{"→"}</span>
            <input type="text" aria-label={m.mapping_word_to({ word: iso(word) })} value={to} disabled={disabled} onInput={(event) => write(rows.map((row, at) => (at === place ? [row[0], event.currentTarget.value] : row)))} />
            <Button small look="quiet" icon="trash" disabled={disabled} label={m.mapping_word_remove({ word: iso(word) })} onClick={() => write(rows.filter((_, at) => at !== place))} />
          </div>
        ))}
        {!disabled && (
          <div class="row tight">
            <Button small icon="plus" onClick={() => setRows([...rows, ["", ""]])}>
              {m.mapping_word_add()}
            </Button>
            {missing.length > 0 && (
              <Button small look="quiet" onClick={() => write([...rows, ...missing.map(({ stored }): [string, string] => [stored, stored])])}>
                {m.mapping_word_fill()}
              </Button>
            )}
          </div>
        )}
      </div>
    </fieldset>
  );
}

export function ParameterField({ parameter, value, onChange, source, disabled }: ParameterProps) {
  const { name, type, accepts, words, required, defaultValue, meaning } = parameter;
  const label = `${parameterName(name)}${required ? " *" : ""}`;
  const otherwise = defaultValue === undefined ? "" : m.mapping_otherwise({ value: iso(shown(defaultValue) || '""') });
  // The meaning is the server's own sentence and comes in English.
  const help = language.value === "en" ? [meaning, type === "other" || type === "integer" ? accepts : "", otherwise].filter(Boolean).join(" · ") : otherwise;
  if (type === "boolean") {
    const chosen = value === undefined ? "" : String(value);
    return (
      <Select
        label={label}
        help={help}
        disabled={disabled}
        value={chosen}
        options={[...(required ? [] : [{ value: "", text: m.mapping_left_out() }]), { value: "true", text: m.mapping_yes() }, { value: "false", text: m.mapping_no() }]}
        onChange={(next) => onChange(next === "" ? undefined : next === "true")}
      />
    );
  }
  if (type === "word") {
    // A word may be the empty text, which is not the same as none.
    const chosen = value === undefined ? "-" : `=${textOf(value)}`;
    return (
      <Select
        label={label}
        help={help}
        disabled={disabled}
        value={chosen}
        options={[...(required ? [] : [{ value: "-", text: m.mapping_left_out() }]), ...words.map((word) => ({ value: `=${word}`, text: word === "" ? m.mapping_word_any() : wordName(word) }))]}
        onChange={(next) => onChange(next === "-" ? undefined : next.slice(1))}
      />
    );
  }
  if (type === "list of texts" && (value === undefined || isTextList(value))) {
    return <Lines label={label} help={help} value={value ?? []} onChange={onChange} />;
  }
  if (name === "map" && (value === undefined || (isObject(value) && Object.values(value).every((one) => one === null || typeof one !== "object")))) {
    return <Pairs label={label} value={value ?? {}} onChange={onChange} source={source} disabled={disabled} />;
  }
  if (type === "object" || type === "list of transforms" || type === "list of texts" || (value !== undefined && value !== null && typeof value === "object")) {
    return <Json label={label} help={help} value={value} onChange={onChange} />;
  }
  const isNumber = type === "integer" || type === "number";
  return (
    <TextField
      label={label}
      help={help}
      dir={isNumber ? "ltr" : "auto"}
      disabled={disabled}
      {...(isNumber ? { inputMode: "numeric" as const } : {})}
      value={value === undefined ? "" : textOf(value)}
      onInput={(next) => {
        if (next === "" && !(type === "text" && value !== undefined && !required)) return onChange(undefined);
        onChange(type === "text" ? next : scalarOf(next));
      }}
    />
  );
}
