// One form of the settings: what is typed, kept as a draft; what is wrong with it; saving and discarding.
import { useState } from "preact/hooks";
import { useDraft } from "../../api/draft";
import type { Failure } from "../../api/failure";
import { changed, useAction, type Action } from "../../api/query";
import { call } from "../../api/transport";
import { type Settings, SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { readNumber } from "../../ui/sheet";
import { toast } from "../../ui/toast";
import { conflictsOf, type Edit, isEmpty, type SecretName, type Secrets, straySecrets, type TextName, type Texts, textsOf, updateOf, withValue } from "./form";

export interface Form {
  edit: Edit | undefined;
  /** The values as they would be after saving. */
  now: Texts;
  saved: Texts;
  settings: Settings;
  set: (patch: Partial<Record<TextName, string>>) => void;
  secret: (name: SecretName) => string | undefined;
  setSecret: (name: SecretName, value: string | undefined) => void;
  discard: () => void;
  save: Action<[]>;
  conflicts: TextName[];
  keepMine: () => void;
  takeTheirs: () => void;
  /** Secrets that have to be typed anew, because the address is another one. */
  strays: SecretName[];
  fault: (name: string) => string | undefined;
  isChanged: boolean;
  hear: (failure: Failure | undefined) => void;
}

export function useForm(name: string, settings: Settings): Form {
  const draft = useDraft<Edit>(`settings:${name}`, ["secrets"]);
  const [heard, setHeard] = useState<Failure>();
  const edit = draft.value;
  const saved = textsOf(settings);
  const now = { ...saved, ...edit?.values };
  const secrets: Secrets = edit?.secrets ?? {};
  const strays = straySecrets(settings, now, secrets);
  const keep = (next: Edit) => (isEmpty(next) ? draft.discard() : draft.set(next));
  const entries = Object.entries(edit?.values ?? {}) as [TextName, string][];
  const isNumber = (field: string) => field === "keep_days" || field === "zoho_daily_credits";
  const wrong = entries.filter(([field, value]) => isNumber(field) && value.trim() !== "" && readNumber(value) === undefined).map(([field]) => field);
  // Arabic digits are digits.
  const read = entries.map(([field, value]): [TextName, string] => [field, isNumber(field) ? String(readNumber(value) ?? 0) : value]);
  const save = useAction(async () => {
    await call(SettingsService.method.updateSettings, updateOf(Object.fromEntries(read), secrets));
    draft.discard();
    setHeard(undefined);
    changed("settings");
    toast({ text: m.connections_saved() });
  });
  const failure = save.failure ?? heard;
  return {
    edit,
    now,
    saved,
    settings,
    set(patch) {
      let next: Edit = edit ?? { values: {}, base: {} };
      for (const [field, value] of Object.entries(patch)) next = withValue(next, saved, field as TextName, value);
      keep(next);
    },
    secret: (field) => secrets[field],
    setSecret(field, value) {
      const next = { ...secrets };
      if (value === undefined) delete next[field];
      else next[field] = value;
      draft.set({ values: {}, base: {}, ...edit, secrets: next });
      if (value === undefined) keep({ values: {}, base: {}, ...edit, secrets: next });
    },
    discard() {
      save.clear();
      setHeard(undefined);
      draft.discard();
    },
    save,
    conflicts: conflictsOf(edit, saved),
    keepMine() {
      if (edit) draft.set({ ...edit, base: Object.fromEntries(Object.keys(edit.values).map((field) => [field, saved[field as TextName]])) });
    },
    takeTheirs() {
      const values = { ...edit?.values };
      const base = { ...edit?.base };
      for (const field of conflictsOf(edit, saved)) {
        delete values[field];
        delete base[field];
      }
      keep({ ...edit, values, base });
    },
    strays,
    fault(field) {
      const own = failure?.fields.find((fault) => fault.field === field || fault.field.endsWith(`.${field}`));
      if (own) return own.message;
      if (wrong.includes(field as TextName)) return m.connections_not_a_number();
      return undefined;
    },
    isChanged: edit !== undefined && !isEmpty(edit) && wrong.length === 0,
    hear: setHeard,
  };
}
