// The live preview: one record of Zoho, what each row makes of it step by step, and whether a run would take it.
import { useEffect, useState } from "preact/hooks";
import { learnCodes, remedyOf, sentenceOf } from "../../api/codes";
import { type Query, useCall } from "../../api/query";
import { ItemService } from "../../gen/sigma/v1/item_pb";
import { type MappingFailure, type MappingTrace, type PreviewMappingsResponse } from "../../gen/sigma/v1/mapping_pb";
import { MetadataService } from "../../gen/sigma/v1/metadata_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Button, Id, Name, Note } from "../../ui/basic";
import { SearchField, TextField } from "../../ui/form";
import { Problem, Waiting } from "../../ui/state";
import { shown } from "./set";
import { fieldName, transformName, wordName } from "./words";

/** What the preview maps: a record by its id, or one that is pasted. */
export interface Chosen {
  id: string;
  label: string;
}

/** Records to choose from: found in Zoho, or those of the last runs where Zoho is not asked. */
export function RecordPicker({ module, chosen, onChoose }: { module: string; chosen: Chosen | undefined; onChoose: (record: Chosen) => void }) {
  const [text, setText] = useState("");
  const [byId, setById] = useState("");
  // A grade is a record of Moodle: Zoho cannot find it before it is written.
  const inZoho = module !== "grades";
  const search = useCall(MetadataService.method.searchZohoRecords, { moduleName: module, text, limit: 8 }, { skip: !inZoho });
  const without = !inZoho || search.failure !== undefined;
  const items = useCall(ItemService.method.listItems, { module, limit: 40 }, { skip: !without });
  const found: Chosen[] = !without
    ? (search.data?.records ?? []).map((record) => ({ id: record.zohoId, label: record.label }))
    : [...new Set((items.data?.items ?? []).map((item) => item.zohoId))].slice(0, 8).map((id) => ({ id, label: "" }));
  const [first] = found;
  useEffect(() => {
    if (!chosen && first) onChoose(first);
  }, [chosen === undefined, first?.id]);
  useEffect(() => {
    const named = chosen && !chosen.label && found.find((record) => record.id === chosen.id && record.label);
    if (named) onChoose(named);
  }, [found.map((record) => record.id).join()]);
  return (
    <div class="stack tight">
      {inZoho && !search.failure && <SearchField label={m.mapping_record_search()} value={text} onSettled={setText} placeholder={m.mapping_record_hint()} />}
      {search.failure && search.failure.kind !== "missing" && <Problem failure={search.failure} retry={search.reload} inline />}
      {without && (
        <form
          class="row tight by-id"
          onSubmit={(event) => {
            event.preventDefault();
            if (byId.trim()) onChoose({ id: byId.trim(), label: "" });
          }}
        >
          <div class="grow">
            <TextField label={m.mapping_record_id()} dir="ltr" value={byId} onInput={setById} maxLength={100} />
          </div>
          <Button type="submit" disabled={!byId.trim()}>
            {m.mapping_record_take()}
          </Button>
        </form>
      )}
      {found.length > 0 ? (
        <div class="records" role="group" aria-label={without ? m.mapping_records_of_runs() : m.mapping_records_found()}>
          {found.map((record) => (
            <button key={record.id} type="button" class="chip opens" aria-pressed={record.id === chosen?.id} onClick={() => onChoose(record)}>
              {record.label ? <Name>{record.label}</Name> : <Id>{record.id}</Id>}
            </button>
          ))}
        </div>
      ) : (
        (search.data || items.data) && <p class="small soft">{m.mapping_no_records()}</p>
      )}
    </div>
  );
}

function FailureNote({ failure, dropped }: { failure: MappingFailure; dropped: boolean }) {
  learnCodes();
  const params = { field: failure.field };
  return (
    <Note tone={dropped ? "warn" : "bad"} icon={dropped ? "warn" : "bad"} title={sentenceOf(failure.code, failure.message, params)}>
      <p class="small">{remedyOf(failure.code, params)}</p>
    </Note>
  );
}

function Value({ json, type }: { json: string | undefined; type?: string }) {
  const text = shown(json);
  if (text === "" || text === "null") return <span class="soft">{m.mapping_empty()}</span>;
  return (
    <>
      <span class="value">
        <Name>{text}</Name>
      </span>
      {type && type !== "text" && type !== "any" && <span class="small soft"> {m.mapping_type({ type: wordName(type) })}</span>}
    </>
  );
}

/** The way of one value, step by step. */
export function TraceSteps({ trace }: { trace: MappingTrace }) {
  const { failure } = trace;
  return (
    <ol class="trace">
      <li>
        <span class="small soft">
          <Id>{trace.zohoFieldApiName}</Id>
        </span>
        <Value json={trace.input} />
      </li>
      {trace.steps.map((step, place) => (
        <li key={place}>
          <span class="small soft">{transformName(step.name)}</span>
          <Value json={step.value} type={step.type} />
        </li>
      ))}
      {failure ? (
        <li>
          <FailureNote failure={failure} dropped={trace.dropped ?? false} />
        </li>
      ) : (
        <li class="trace-end">
          <span class="small soft">{fieldName(trace.canonicalField)}</span>
          {trace.result === undefined ? <span class="soft">{m.mapping_absent_long()}</span> : <Value json={trace.result} />}
        </li>
      )}
    </ol>
  );
}

interface PreviewProps {
  module: string;
  chosen: Chosen | undefined;
  onChoose: (record: Chosen) => void;
  preview: Query<PreviewMappingsResponse>;
  /** The canonical field whose row is open. */
  open: string | undefined;
  onOpen: (to: string) => void;
}

export function Preview({ module, chosen, onChoose, preview, open, onOpen }: PreviewProps) {
  const { data, failure } = preview;
  const trace = data?.rows.find((row) => row.canonicalField === open);
  const failed = data?.rows.filter((row) => row.failure).length ?? 0;
  return (
    <div class="stack preview">
      <RecordPicker module={module} chosen={chosen} onChoose={onChoose} />
      {failure && <Problem failure={failure} retry={preview.reload} inline />}
      {chosen && !data && !failure && <Waiting lines={4} />}
      {chosen && data && (
        <div class={`stack${preview.isCurrent ? "" : " stale"}`}>
          <p>
            {chosen.label ? (
              <span class="strong">
                <Name>{chosen.label}</Name>
              </span>
            ) : (
              m.mapping_record()
            )}{" "}
            <Id>{chosen.id}</Id>
          </p>
          {data.failure ? (
            <FailureNote failure={data.failure} dropped={false} />
          ) : (
            <p class="toned tone-good small">{failed > 0 ? m.mapping_would_pass_without({ count: failed, n: num(failed) }) : m.mapping_would_pass()}</p>
          )}
          {trace && (
            <section class="stack tight" aria-label={fieldName(trace.canonicalField)}>
              <h3>{fieldName(trace.canonicalField)}</h3>
              <TraceSteps trace={trace} />
            </section>
          )}
          <section class="stack tight">
            <h3>{m.mapping_all_fields()}</h3>
            <ul class="results">
              {data.rows.map((row) => (
                <li key={row.canonicalField}>
                  <button type="button" class="result-line" aria-current={row.canonicalField === open ? "true" : undefined} onClick={() => onOpen(row.canonicalField)}>
                    <span class="small soft">{fieldName(row.canonicalField)}</span>
                    {row.failure ? (
                      <span class={`toned ${row.dropped ? "tone-warn" : "tone-bad"}`}>{row.dropped ? m.mapping_dropped() : m.mapping_fails()}</span>
                    ) : row.result === undefined ? (
                      <span class="soft">{m.mapping_absent()}</span>
                    ) : (
                      <Value json={row.result} />
                    )}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        </div>
      )}
    </div>
  );
}
