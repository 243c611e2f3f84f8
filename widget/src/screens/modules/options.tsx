// The options of a module: what its records become in Moodle, what a removal does, and when a run waits for an approval. Each
// module shows those that mean something for it; what was typed outlives a closed sheet, a reload and an ended session.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { may } from "../../api/access";
import { useDraft } from "../../api/draft";
import type { Failure } from "../../api/failure";
import { changed, useAction } from "../../api/query";
import { call } from "../../api/transport";
import { type Module, type ModuleOptions, type ModuleOptionsInputSchema, ModuleService } from "../../gen/sigma/v1/module_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { moduleName } from "../../text/words";
import { Button } from "../../ui/basic";
import { Check, type Option, Select, TextArea, TextField } from "../../ui/form";
import { Sheet, readNumber } from "../../ui/sheet";
import { Problem } from "../../ui/state";
import { toast } from "../../ui/toast";
import { REMOVALS, TARGETS, targetName } from "./words";

/** What is typed, by the name of the option; a switch is "true" or "false". */
type Edit = Record<string, string>;
type Name = Exclude<keyof ModuleOptions, "$typeName" | "$unknown"> | "zohoModule";

interface Field {
  name: Name;
  kind: "choice" | "switch" | "number" | "name" | "words";
  label: () => string;
  help?: () => string;
  options?: readonly Option[];
}

const wordsOf = (names: Record<string, () => string>, words: readonly string[]): Option[] => words.map((word) => ({ value: word, text: names[word]?.() ?? word }));

/** The options that mean something for a module whose records become `target`. */
function fieldsOf(module: string, target: string): Field[] {
  const fields: Field[] = [{ name: "zohoModule", kind: "name", label: m.option_zoho_module, help: m.option_zoho_module_help }];
  const targets = TARGETS[module];
  if (targets) fields.push({ name: "target", kind: "choice", label: m.option_target, options: targets.map((word) => ({ value: word, text: targetName(word) })) });
  if (module === "students") {
    const by = { none: m.option_match_none, email: m.option_match_email, username: m.option_match_username };
    fields.push({ name: "createUsers", kind: "switch", label: m.option_create_users });
    fields.push({ name: "renameUsers", kind: "switch", label: m.option_rename_users });
    fields.push({ name: "matchBy", kind: "choice", label: m.option_match_by, options: wordsOf(by, Object.keys(by)) });
  }
  if (target === "enrolment") fields.push({ name: "roleId", kind: "number", label: m.option_role_id, help: () => m.option_role_id_help({ n: num(5) }) });
  if (target === "course") fields.push({ name: "categoryId", kind: "number", label: m.option_category_id });
  if (target === "record") {
    fields.push({ name: "function", kind: "name", label: m.option_function });
    fields.push({ name: "parameter", kind: "name", label: m.option_parameter, help: m.option_parameter_help });
  }
  const removals = { keep: m.option_removal_keep, suspend: m.option_removal_suspend, unenrol: m.option_removal_unenrol };
  const actions = REMOVALS[target];
  if (actions) fields.push({ name: "removalAction", kind: "choice", label: m.option_removal, options: wordsOf(removals, actions) });
  if (module === "payments") fields.push({ name: "suspendOn", kind: "words", label: m.option_suspend_on, help: m.option_suspend_on_help });
  if (module === "grades") {
    const scales = { points: m.option_scale_points, percent: m.option_scale_percent };
    fields.push({ name: "gradeScale", kind: "choice", label: m.option_scale, options: wordsOf(scales, Object.keys(scales)) });
  }
  return fields;
}

const BRAKES: readonly Field[] = [
  { name: "brakePercent", kind: "number", label: m.option_brake_percent, help: () => m.option_brake_percent_help({ n: num(100) }) },
  { name: "brakeMin", kind: "number", label: m.option_brake_min },
  { name: "brakeUpdatePercent", kind: "number", label: m.option_brake_update },
  { name: "brakeFieldPercent", kind: "number", label: m.option_brake_field },
  { name: "brakeIdentityPercent", kind: "number", label: m.option_brake_identity },
  { name: "brakeCreateFactor", kind: "number", label: m.option_brake_create, help: () => m.option_brake_create_help({ n: num(0) }) },
];

function savedOf(module: Module, name: Name): string {
  if (name === "zohoModule") return module.zohoModule ?? "";
  const value = module.options?.[name];
  if (name === "renameUsers") return String(value ?? false);
  return Array.isArray(value) ? value.join(", ") : String(value ?? "");
}

const listed = (text: string) => [...new Set(text.split(/[\n,،;]+/).map((word) => word.trim()).filter(Boolean))];

type Patch = MessageInitShape<typeof ModuleOptionsInputSchema>;

function patchOf(fields: readonly Field[], edit: Edit): Patch {
  const values = fields.filter(({ name }) => name !== "zohoModule" && edit[name] !== undefined).map(({ name, kind }) => {
    const text = edit[name] ?? "";
    return [name, kind === "switch" ? text === "true" : kind === "number" ? BigInt(readNumber(text) ?? 0) : kind === "words" ? { words: listed(text) } : text.trim()];
  });
  return Object.fromEntries(values) as Patch;
}

/** What the server says about a field, by the name that the proto has for it. */
function faultOf(failure: Failure | undefined, name: Name): string | undefined {
  const proto = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return failure?.fields.find(({ field }) => field === proto || field.endsWith(`.${proto}`))?.message;
}

function Input({ field, value, fault, disabled, onChange }: { field: Field; value: string; fault: string | undefined; disabled: boolean; onChange: (value: string) => void }) {
  const common = { label: field.label(), help: field.help?.(), fault, disabled };
  if (field.kind === "choice") return <Select {...common} value={value} options={field.options ?? []} onChange={onChange} />;
  if (field.kind === "words") return <TextArea {...common} value={value} rows={2} onInput={onChange} />;
  if (field.kind === "switch") {
    return (
      <Check checked={value === "true"} disabled={disabled} onChange={(on) => onChange(String(on))}>
        {field.label()}
      </Check>
    );
  }
  return <TextField {...common} value={value} onInput={onChange} dir="ltr" {...(field.kind === "number" ? { inputMode: "numeric" as const } : {})} maxLength={100} />;
}

export function Options({ module, onClose }: { module: Module; onClose: () => void }) {
  const draft = useDraft<Edit>(`module:${module.moduleName}`);
  const edit = draft.value ?? {};
  const valueOf = (name: Name) => edit[name] ?? savedOf(module, name);
  const own = fieldsOf(module.moduleName, valueOf("target"));
  const all = [...own, ...BRAKES];
  const mayWrite = may(ModuleService.method.updateModule, module.moduleName);
  const set = (name: Name, value: string) => {
    const { [name]: _, ...rest } = edit;
    const next = value === savedOf(module, name) ? rest : { ...rest, [name]: value };
    if (Object.keys(next).length === 0) draft.discard();
    else draft.set(next);
  };
  const wrong = new Map(all.filter(({ name, kind }) => kind === "number" && edit[name] !== undefined && readNumber(valueOf(name)) === undefined).map(({ name }) => [name, m.option_not_a_number()]));
  const action = useAction(async () => {
    const options = patchOf(all, edit);
    await call(ModuleService.method.updateModule, {
      moduleName: module.moduleName,
      ...(edit.zohoModule === undefined ? {} : { zohoModule: edit.zohoModule.trim() }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    });
    draft.discard();
    changed("module");
    toast({ text: m.options_saved() });
  });
  const input = (field: Field) => (
    <Input
      key={field.name}
      field={field}
      value={valueOf(field.name)}
      fault={wrong.get(field.name) ?? faultOf(action.failure, field.name)}
      disabled={!mayWrite}
      onChange={(value) => set(field.name, value)}
    />
  );
  const unplaced = action.failure && !all.some(({ name }) => faultOf(action.failure, name));
  return (
    <Sheet title={m.options_title({ module: moduleName(module.moduleName) })} onClose={onClose} wide>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong.size === 0) void action.run().then((done) => done && onClose());
        }}
      >
        <div class="grid">{own.map(input)}</div>
        {module.moduleName !== "grades" && (
          <fieldset class="choice">
            <legend class="legend">{m.option_brakes()}</legend>
            <div class="grid">{BRAKES.map(input)}</div>
          </fieldset>
        )}
        {unplaced && action.failure && <Problem failure={action.failure} inline />}
        <div class="ends">
          {draft.value && mayWrite && (
            <Button look="quiet" onClick={draft.discard}>
              {m.connections_discard()}
            </Button>
          )}
          <Button onClick={onClose}>{m.close()}</Button>
          {mayWrite && (
            <Button type="submit" look="lead" busy={action.busy} disabled={!draft.value || wrong.size > 0}>
              {m.save()}
            </Button>
          )}
        </div>
      </form>
    </Sheet>
  );
}
