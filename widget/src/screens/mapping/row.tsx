// One row of the mapping: closed, one line from source to target with what the chosen record gives; open, all that can be set.
import type { ComponentChildren } from "preact";
import { may } from "../../api/access";
import type { Transform, ZohoField } from "../../gen/sigma/v1/metadata_pb";
import { type MappingFinding, MappingService, type MappingTrace } from "../../gen/sigma/v1/mapping_pb";
import { sentenceOf } from "../../api/codes";
import { m } from "../../paraglide/messages.js";
import { iso, num } from "../../text/format";
import { language } from "../../text/prefs";
import { Button, Id, Name } from "../../ui/basic";
import { Check, Select, TextField } from "../../ui/form";
import { Icon } from "../../ui/icon";
import type { Row } from "./set";
import { shown, stepsOf, typeOf, withSteps } from "./set";
import { SourceField } from "./source";
import { Chips, Steps } from "./steps";
import type { Targets } from "./target";
import { fieldName, wordName } from "./words";

export interface RowProps {
  module: string;
  row: Row;
  place: number;
  count: number;
  isOpen: boolean;
  zohoFields: readonly ZohoField[];
  transforms: readonly Transform[];
  targets: Targets | undefined;
  /** Canonical fields without a row. */
  free: readonly string[];
  trace: MappingTrace | undefined;
  findings: readonly MappingFinding[];
  fault: string | undefined;
  state: "added" | "changed" | "moved" | undefined;
  onToggle: () => void;
  onChange: (row: Row) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
}

/** What a finding says: the server's sentence in English, the meaning of its code in another language. */
export function findingText(finding: MappingFinding): string {
  // The reason of this one is the server's own sentence, in English.
  if (finding.code === "FIELD_GOES_NOWHERE" && language.value !== "en" && finding.canonicalField) return m.mapping_finding_nowhere({ name: iso(fieldName(finding.canonicalField)) });
  return sentenceOf(finding.code, finding.message);
}

function Result({ trace }: { trace: MappingTrace }) {
  if (trace.failure) return <span class="toned tone-bad">{trace.dropped ? m.mapping_dropped() : m.mapping_fails()}</span>;
  if (trace.result === undefined) return <span class="soft">{m.mapping_absent()}</span>;
  const text = shown(trace.result);
  return text === "" || text === "null" ? <span class="soft">{m.mapping_empty()}</span> : <Name>{text}</Name>;
}

function applySuggestion(finding: MappingFinding, row: Row, targets: Targets | undefined, transforms: readonly Transform[]): Row | undefined {
  const { suggestion } = finding;
  if (!suggestion) return undefined;
  if (finding.field.includes("zoho_field_api_name") && finding.code === "MAPPING_FIELD_UNKNOWN") return { ...row, from: suggestion };
  if (transforms.some((transform) => transform.name === suggestion)) {
    const max = targets?.field(row.to)?.maxLength;
    const step = suggestion === "truncate" && max !== undefined ? { type: suggestion, params: { max } } : { type: suggestion };
    return { ...row, rules: withSteps(row.rules, [...stepsOf(row.rules).filter((step) => typeOf(step) !== "value"), step]) };
  }
  return undefined;
}

export function FindingLine({ finding, children }: { finding: MappingFinding; children?: ComponentChildren }) {
  const look = finding.severity === "error" ? { tone: "bad", icon: "bad", text: m.mapping_error() } : finding.severity === "warning" ? { tone: "warn", icon: "warn", text: m.mapping_warning() } : { tone: "info", icon: "info", text: m.mapping_note() };
  return (
    <p class={`finding small tone-${look.tone}`}>
      <Icon name={look.icon as "bad"} label={look.text} />
      <span class="said">
        {findingText(finding)} {language.value !== "en" && finding.suggestion && <Id>{finding.suggestion}</Id>} {children}
      </span>
    </p>
  );
}

export function RowEditor(props: RowProps) {
  const { module, row, place, count, isOpen, zohoFields, transforms, targets, free, trace, findings, fault, state, onToggle, onChange, onMove, onRemove } = props;
  const writes = module === "grades";
  const readOnly = !may(MappingService.method.replaceMappings, module);
  const source = zohoFields.find((field) => field.apiName === row.from);
  const target = targets?.field(row.to);
  const use = targets?.use(row.to);
  const required = row.required || target?.required === true;
  const worst = fault || findings.some((finding) => finding.severity === "error") ? "bad" : findings.some((finding) => finding.severity === "warning") ? "warn" : undefined;
  const description = typeof row.rules.description === "string" ? row.rules.description : "";
  const from = (
    <span class="side">
      <span class="side-name">{source ? <Name>{source.label}</Name> : row.from ? <bdi dir="ltr">{row.from}</bdi> : <span class="soft">{m.mapping_no_source()}</span>}</span>
      {source && <Id>{row.from}</Id>}
    </span>
  );
  const to = (
    <span class="side">
      <span class="side-name">
        {row.to ? fieldName(row.to) : <span class="soft">{m.mapping_no_target()}</span>}
        {required && (
          <span class="star" title={m.mapping_required_mark()}>
            {" *"}
            <span class="unseen">{m.mapping_required_mark()}</span>
          </span>
        )}
      </span>
      <span class="small soft">
        {use?.use === "sent" && use.targetField ? (
          <>
            Moodle <bdi class="id">{use.targetField}</bdi>
          </>
        ) : use?.use === "nowhere" ? (
          m.mapping_nowhere()
        ) : use?.use === "read" ? (
          m.mapping_read_only()
        ) : (
          row.to && <Id>{row.to}</Id>
        )}
      </span>
    </span>
  );
  return (
    <li class={`map-row${isOpen ? " is-open" : ""}`} id={`row-${row.key}`} data-field={row.to}>
      <button
        type="button"
        class="map-line"
        aria-expanded={isOpen}
        aria-keyshortcuts={readOnly ? undefined : "Alt+ArrowUp Alt+ArrowDown"}
        onClick={onToggle}
        onKeyDown={(event) => {
          if (readOnly || !event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
          event.preventDefault();
          onMove(event.key === "ArrowUp" ? -1 : 1);
        }}
      >
        {writes ? to : from}
        <span class="way">
          <Chips rules={row.rules} />
          <Icon name="arrow" />
        </span>
        {writes ? from : to}
        <span class="marks">
          {state && <span class="mark-state small">{state === "added" ? m.mapping_is_new() : state === "changed" ? m.mapping_is_changed() : m.mapping_is_moved()}</span>}
          {worst && (
            <span class={`toned tone-${worst}`}>
              <Icon name={worst} label={worst === "bad" ? m.mapping_error() : m.mapping_warning()} />
            </span>
          )}
          {trace && (
            <span class="small result">
              <Result trace={trace} />
            </span>
          )}
        </span>
      </button>
      {isOpen && (
        <div class="map-panel stack">
          {fault && (
            <p class="finding small tone-bad">
              <Icon name="bad" /> {fault}
            </p>
          )}
          {findings.map((finding) => {
            const mended = readOnly ? undefined : applySuggestion(finding, row, targets, transforms);
            return (
              <FindingLine key={finding.code + finding.field} finding={finding}>
                {mended && (
                  <Button small look="quiet" onClick={() => onChange(mended)}>
                    {m.mapping_use_suggestion({ name: iso(finding.suggestion ?? "") })}
                  </Button>
                )}
              </FindingLine>
            );
          })}
          <div class="two">
            <SourceField label={writes ? m.mapping_zoho_field_written() : m.mapping_zoho_field()} value={row.from} fields={zohoFields} writes={writes} disabled={readOnly} onChange={(from) => onChange({ ...row, from })} />
            <Select
              label={writes ? m.mapping_moodle_field() : m.mapping_target_field()}
              help={
                <>
                  <Id>{row.to}</Id> {target && m.mapping_type({ type: wordName(target.type) })}
                  {target?.maxLength !== undefined && ` · ${m.mapping_at_most({ count: target.maxLength, n: num(target.maxLength) })}`}
                  {language.value === "en" && target?.description && ` · ${target.description}`}
                  {language.value === "en" && use?.reason && ` · ${use.reason}`}
                </>
              }
              disabled={readOnly}
              value={row.to}
              options={[row.to, ...free].map((name) => ({ value: name, text: name ? `${fieldName(name)}${targets?.field(name)?.required ? " *" : ""}` : m.mapping_choose() }))}
              onChange={(to) => onChange({ ...row, to })}
            />
          </div>
          <Steps rules={row.rules} transforms={transforms} source={source} disabled={readOnly} onChange={(rules) => onChange({ ...row, rules })} />
          <div class="two">
            <TextField
              label={m.mapping_fallback()}
              help={m.mapping_fallback_help()}
              disabled={readOnly}
              maxLength={500}
              value={row.fallback ?? ""}
              onInput={(value) => onChange({ ...row, fallback: value === "" ? undefined : value })}
            />
            <Select
              label={m.mapping_on_invalid()}
              help={m.mapping_on_invalid_help()}
              disabled={readOnly}
              value={row.onInvalid ?? ""}
              options={[
                { value: "", text: m.mapping_on_invalid_default() },
                { value: "fail", text: m.mapping_on_invalid_fail() },
                { value: "drop", text: m.mapping_on_invalid_drop() },
              ]}
              onChange={(value) => onChange({ ...row, onInvalid: value || undefined })}
            />
          </div>
          <TextField
            label={m.mapping_description()}
            disabled={readOnly || stepsOf(row.rules).length === 0}
            {...(stepsOf(row.rules).length === 0 ? { help: m.mapping_description_needs_step() } : {})}
            value={description}
            onInput={(value) => {
              const { description: _, ...rest } = row.rules;
              onChange({ ...row, rules: value ? { ...rest, description: value } : rest });
            }}
          />
          <div class="row apart">
            <Check checked={required} disabled={readOnly || target?.required === true} onChange={(checked) => onChange({ ...row, required: checked })}>
              {target?.required ? m.mapping_required_always() : m.mapping_required()}
            </Check>
            {!readOnly && (
              <span class="row tight">
                <Button small look="quiet" icon="up" label={m.mapping_row_up()} disabled={place === 0} onClick={() => onMove(-1)} />
                <Button small look="quiet" icon="down" label={m.mapping_row_down()} disabled={place === count - 1} onClick={() => onMove(1)} />
                <Button small look="quiet" icon="trash" onClick={onRemove}>
                  {m.mapping_row_remove()}
                </Button>
              </span>
            )}
          </div>
        </div>
      )}
    </li>
  );
}
