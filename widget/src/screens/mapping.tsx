// The mapping editor of a module: rows from source to target, a live preview of a real record, checks, history, files, tests.
import { useEffect, useMemo, useState } from "preact/hooks";
import { may } from "../api/access";
import { learnCodes } from "../api/codes";
import { useCall } from "../api/query";
import { call } from "../api/transport";
import { useFilter } from "../app/address";
import type { ScreenProps } from "../app/screens";
import { MappingService } from "../gen/sigma/v1/mapping_pb";
import { MetadataService } from "../gen/sigma/v1/metadata_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Button, ButtonLink, Card, Head, Note } from "../ui/basic";
import { Select } from "../ui/form";
import { Sheet } from "../ui/sheet";
import { Conflict, Empty, Loaded } from "../ui/state";
import { toast } from "../ui/toast";
import { Changes } from "./mapping/diff";
import { Checks } from "./mapping/checks";
import { type Editor, useEditor, useSettled } from "./mapping/editor";
import { History } from "./mapping/history";
import { type Chosen, Preview } from "./mapping/preview";
import { RowEditor } from "./mapping/row";
import { SaveSheet } from "./mapping/save";
import { canonical, inputOf, localFaults, moved, newKey, type Row } from "./mapping/set";
import { StoredTests } from "./mapping/stored-tests";
import { type Targets, useTargets } from "./mapping/target";
import { testsOf } from "./mapping/tests";
import { fieldName } from "./mapping/words";
import { Yaml } from "./mapping/yaml";
import "../style/mapping.css";

const SETTLED_MS = 300;
const VIEWS = ["fields", "tests", "history", "yaml"] as const;

const FAULTS = {
  twice: () => m.mapping_fault_twice(),
  no_source: () => m.mapping_fault_no_source(),
  no_target: () => m.mapping_fault_no_target(),
};

function AddRow({ free, targets, onAdd }: { free: readonly string[]; targets: Targets | undefined; onAdd: (names: string[]) => void }) {
  const suggested = free.filter((name) => targets?.field(name)?.defaultSource);
  const missing = free.filter((name) => targets?.field(name)?.required);
  const sorted = [...missing, ...free.filter((name) => !missing.includes(name))];
  if (free.length === 0) return null;
  return (
    <div class="row apart add-row">
      <div class="add-choice">
        <Select
          label={m.mapping_row_add()}
          value=""
          options={[{ value: "", text: m.mapping_choose() }, ...sorted.map((name) => ({ value: name, text: `${fieldName(name)}${targets?.field(name)?.required ? " *" : ""}` }))]}
          onChange={(name) => name && onAdd([name])}
        />
      </div>
      {suggested.length > 0 && (
        <Button icon="plus" onClick={() => onAdd(suggested)}>
          {m.mapping_accept_defaults({ count: suggested.length, n: num(suggested.length) })}
        </Button>
      )}
    </div>
  );
}

function Theirs({ editor }: { editor: Editor }) {
  const { theirs } = editor;
  if (!theirs) return null;
  return (
    <div class="stack">
      <Conflict mine={<Changes changes={theirs.mine} />} theirs={<Changes changes={theirs.changes} />} keepMine={editor.keepMine} takeTheirs={editor.discard} />
      {theirs.merged && (
        <Note tone="info" icon="info" title={m.mapping_merge_title()}>
          <div class="row tight">
            <Button look="lead" small onClick={editor.takeBoth}>
              {m.mapping_merge()}
            </Button>
          </div>
        </Note>
      )}
    </div>
  );
}

function Body({ module, editor }: { module: string; editor: Editor }) {
  const filter = useFilter({ view: "fields", field: "", record: "" });
  const view = VIEWS.find((view) => view === filter.values.view) ?? "fields";
  const mayWrite = may(MappingService.method.replaceMappings, module);
  const mayPreview = may(MappingService.method.previewMappings, module);
  const targets = useTargets(module);
  const transforms = useCall(MetadataService.method.listTransforms, {}).data?.transforms ?? [];
  const fields = useCall(MetadataService.method.listZohoFields, { moduleName: module });
  const zohoFields = fields.data?.fields ?? [];
  const [label, setLabel] = useState("");
  const [sheet, setSheet] = useState<"save" | "preview">();
  const { rows, changes } = editor;
  useEffect(learnCodes, []);

  const chosen: Chosen | undefined = filter.values.record ? { id: filter.values.record, label } : undefined;
  const choose = (record: Chosen) => {
    setLabel(record.label);
    filter.set({ record: record.id });
  };
  const open = filter.values.field;
  const setOpen = (to: string) => {
    filter.set({ field: to });
    if (to) requestAnimationFrame(() => document.querySelector(`[data-field="${CSS.escape(to)}"]`)?.scrollIntoView({ block: "nearest" }));
  };

  // What the server is asked about is the set as it was when the typing paused.
  const faults = useMemo(() => localFaults(rows), [rows]);
  const tests = editor.testsChanged ? testsOf(editor.tests) : undefined;
  const inputs = editor.isChanged ? rows.filter((row) => row.to).map(inputOf) : undefined;
  const key = editor.isChanged ? canonical(rows.map(({ key: _, ...row }) => ({ ...row, fallback: row.fallback ?? null, onInvalid: row.onInvalid ?? null }) as never)) + JSON.stringify(editor.testsChanged ? editor.tests : "") : `saved ${editor.version}`;
  const settled = useSettled({ inputs, tests }, SETTLED_MS, key);
  const draft = settled.inputs ? { draft: { mappings: settled.inputs, ...(settled.tests ? { tests: { tests: settled.tests } } : {}) } } : {};
  const check = useCall(MappingService.method.validateMappings, { moduleName: module, ...draft });
  const preview = useCall(
    MappingService.method.previewMappings,
    { moduleName: module, zohoId: filter.values.record, ...(settled.inputs ? { draft: { mappings: settled.inputs.filter((row) => row.zohoFieldApiName) } } : {}) },
    { skip: !mayPreview || !filter.values.record },
  );

  const findings = check.data?.findings ?? [];
  const findingsOf = (row: Row, place: number) => findings.filter((finding) => (finding.canonicalField ? finding.canonicalField === row.to : finding.field.startsWith(`mappings[${place}]`)));
  const failedTests = check.data?.tests.filter((test) => !test.passed).length ?? 0;
  const hasErrors = faults.size > 0 || findings.some((finding) => finding.severity === "error");
  const used = new Set(rows.map((row) => row.to));
  const free = (targets?.fields ?? []).map((field) => field.name).filter((name) => !used.has(name));
  const stateOf = (row: Row) => {
    const kind = changes.find((change) => change.to === row.to)?.kind;
    return kind === "removed" ? undefined : kind;
  };

  // While somebody else is ahead, what they changed is not counted as an edit of this page.
  const unsaved = (editor.theirs?.mine ?? changes).length + (editor.testsChanged ? 1 : 0);

  const add = (names: string[]) => {
    const more = names.map((to): Row => ({ key: newKey(), to, from: targets?.field(to)?.defaultSource ?? "", required: targets?.field(to)?.required ?? false, rules: {} }));
    editor.setRows([...rows, ...more]);
    if (names.length === 1) setOpen(names[0] ?? "");
  };
  const remove = (row: Row) => {
    editor.setRows(rows.filter((other) => other.key !== row.key));
    setOpen("");
    toast({ text: m.mapping_row_removed({ name: fieldName(row.to) }) });
  };
  const refresh = async () => {
    try {
      await call(MetadataService.method.listZohoFields, { moduleName: module, refresh: true });
    } finally {
      fields.reload();
      check.reload();
    }
  };

  const pane = mayPreview && <Preview module={module} chosen={chosen} onChoose={choose} preview={preview} open={open} onOpen={setOpen} />;
  const example =
    preview.data?.canonical && chosen
      ? {
          name: chosen.label || chosen.id,
          given: JSON.stringify(Object.fromEntries(preview.data.rows.map((row) => [row.zohoFieldApiName, safeJson(row.input)])), null, 2),
          expect: JSON.stringify(preview.data.canonical, null, 2),
        }
      : undefined;

  return (
    <div class="stack">
      <Theirs editor={editor} />
      <nav class="tabs" aria-label={m.mapping_views()}>
        {VIEWS.map((name) => (
          <a key={name} href={filter.href({ view: name })} aria-current={name === view ? "page" : undefined}>
            {name === "fields" ? m.mapping_view_fields() : name === "tests" ? m.mapping_view_tests() : name === "history" ? m.mapping_view_history() : m.mapping_view_yaml()}
            {name === "tests" && editor.tests.length > 0 && ` (${num(editor.tests.length)})`}
          </a>
        ))}
      </nav>
      {view === "fields" && (
        <div class={`mapping-grid${pane ? "" : " alone"}`}>
          <div class="stack">
            <Checks check={check} fields={fields} onRefresh={fields.data ? () => void refresh() : undefined} onOpen={setOpen} />
            {rows.length === 0 ? (
              <Card>
                <Empty icon="mappings" title={m.mapping_none()}>
                  {m.mapping_none_how()}
                </Empty>
              </Card>
            ) : (
              <Card flush>
                <div class="map-head small soft" aria-hidden="true">
                  <span>{module === "grades" ? m.mapping_moodle_field() : m.mapping_zoho_field()}</span>
                  <span />
                  <span>{module === "grades" ? m.mapping_zoho_field_written() : m.mapping_target_field()}</span>
                </div>
                <ol class="map-rows">
                  {rows.map((row, place) => {
                    const fault = faults.get(row.key);
                    return (
                      <RowEditor
                        key={row.key}
                        module={module}
                        row={row}
                        place={place}
                        count={rows.length}
                        isOpen={row.to !== "" && row.to === open}
                        zohoFields={zohoFields}
                        transforms={transforms}
                        targets={targets}
                        free={free}
                        trace={preview.data?.rows.find((trace) => trace.canonicalField === row.to)}
                        findings={findingsOf(row, place)}
                        fault={fault && FAULTS[fault]()}
                        state={stateOf(row)}
                        onToggle={() => setOpen(row.to === open ? "" : row.to)}
                        onChange={(next) => {
                          editor.setRows(rows.map((other) => (other.key === row.key ? next : other)));
                          if (next.to !== row.to) setOpen(next.to);
                        }}
                        onMove={(by) => editor.setRows(moved(rows, place, place + by))}
                        onRemove={() => remove(row)}
                      />
                    );
                  })}
                </ol>
              </Card>
            )}
            {mayWrite && <AddRow free={free} targets={targets} onAdd={add} />}
          </div>
          {pane && (
            <aside class="mapping-pane" aria-label={m.mapping_preview()}>
              <Card title={m.mapping_preview()}>{pane}</Card>
            </aside>
          )}
        </div>
      )}
      {view === "tests" && <StoredTests tests={editor.tests} outcomes={check.data?.tests ?? []} readOnly={!mayWrite} example={example} onChange={editor.setTests} />}
      {view === "history" && <History module={module} current={editor.version} isEditing={editor.isChanged} />}
      {view === "yaml" && <Yaml module={module} isEditing={editor.isChanged} />}

      {(editor.isChanged || (view === "fields" && pane)) && (
        <div class={`save-bar${editor.isChanged ? "" : " preview-only"}`} role="region" aria-label={m.mapping_unsaved_region()}>
          {view === "fields" && pane && (
            <span class="narrow-only">
              <Button icon="people" onClick={() => setSheet("preview")}>
                {m.mapping_preview()}
              </Button>
            </span>
          )}
          {editor.isChanged && (
            <>
              <span class="small strong grow">{m.mapping_unsaved({ count: unsaved, n: num(unsaved) })}</span>
              <Button look="quiet" onClick={editor.discard}>
                {m.connections_discard()}
              </Button>
              <Button look="lead" disabled={faults.size > 0 || editor.theirs !== undefined || (editor.testsChanged && !tests)} onClick={() => setSheet("save")}>
                {m.mapping_save()}
              </Button>
            </>
          )}
        </div>
      )}
      {sheet === "save" && <SaveSheet editor={editor} hasErrors={hasErrors} hasFailedTests={failedTests > 0} onClose={() => setSheet(undefined)} />}
      {sheet === "preview" && (
        <Sheet title={m.mapping_preview()} onClose={() => setSheet(undefined)}>
          {pane}
          <div class="ends">
            <Button look="lead" onClick={() => setSheet(undefined)}>
              {m.close()}
            </Button>
          </div>
        </Sheet>
      )}
    </div>
  );
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export default function MappingEditor({ params }: ScreenProps) {
  const module = params.module ?? "";
  const known = (MODULES as readonly string[]).includes(module);
  const editor = useEditor(module);
  if (!known) {
    return (
      <Empty
        icon="search"
        title={m.mapping_unknown_module()}
        action={
          <ButtonLink look="lead" href="#/mappings">
            {m.screen_mappings()}
          </ButtonLink>
        }
      />
    );
  }
  return (
    <div class="stack">
      <Head
        title={m.mapping_title({ module: moduleName(module) })}
        actions={
          <ButtonLink look="quiet" icon="back" href="#/mappings">
            {m.mapping_all_modules()}
          </ButtonLink>
        }
      >
        {module === "grades" ? m.mapping_lead_grades() : m.mapping_lead()}
      </Head>
      <Loaded query={editor.query} lines={10}>
        {() => <Body module={module} editor={editor} />}
      </Loaded>
    </div>
  );
}
