// The test of a connection: four stages that fill one by one, each with its time, its verdict, what is missing and where to
// add it.
import { useEffect, useRef, useState } from "preact/hooks";
import { learnCodes, remedyOf, sentenceOf } from "../../api/codes";
import { Failure } from "../../api/failure";
import { watch } from "../../api/transport";
import { type ConnectionStage, type MissingAccess, SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { iso, list, span } from "../../text/format";
import { language } from "../../text/prefs";
import { moduleName } from "../../text/words";
import { Copy, Id, Note, OutLink, type Tone } from "../../ui/basic";
import { Icon, type IconName } from "../../ui/icon";
import { Problem } from "../../ui/state";
import { type Edit, trialOf } from "./form";

export type Provider = "zoho" | "moodle";

export const STAGES = ["address", "sign_in", "access", "sample"] as const;

const TITLES: Record<Provider, Record<string, () => string>> = {
  zoho: {
    address: () => m.connections_stage_address(),
    sign_in: () => m.connections_stage_sign_in(),
    access: () => m.connections_stage_scopes(),
    sample: () => m.connections_stage_sample(),
  },
  moodle: {
    address: () => m.connections_stage_address(),
    sign_in: () => m.connections_stage_sign_in(),
    access: () => m.connections_stage_functions(),
    sample: () => m.connections_stage_sample(),
  },
};

const PASSED: Record<string, () => string> = {
  address: () => m.connections_passed_address(),
  sign_in: () => m.connections_passed_sign_in(),
  access: () => m.connections_passed_access(),
  sample: () => m.connections_passed_sample(),
};

type Look = { tone: Tone; icon: IconName; text: string; spin?: boolean };

function lookOf(state: string): Look {
  switch (state) {
    case "passed":
      return { tone: "good", icon: "good", text: m.connections_state_passed() };
    case "failed":
      return { tone: "bad", icon: "bad", text: m.connections_state_failed() };
    case "warned":
      return { tone: "warn", icon: "warn", text: m.connections_state_warned() };
    case "running":
      return { tone: "info", icon: "turn", text: m.connections_state_running(), spin: true };
    case "waiting":
      return { tone: "none", icon: "wait", text: m.connections_state_waiting() };
    default:
      return { tone: "none", icon: "dash", text: m.connections_state_not_tried() };
  }
}

export interface Trial {
  stages: readonly ConnectionStage[];
  busy: boolean;
  failure: Failure | undefined;
  /** True once it was started. */
  started: boolean;
  run: (edit: Edit | undefined) => void;
}

/** A trial that the screen can start; leaving the screen ends it. */
export function useTrial(provider: Provider, onFailure: (failure: Failure) => void): Trial {
  const [stages, setStages] = useState<readonly ConnectionStage[]>([]);
  const [busy, setBusy] = useState(false);
  const [started, setStarted] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const stop = useRef<AbortController>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const run = async (edit: Edit | undefined) => {
    stop.current?.abort();
    const own = new AbortController();
    stop.current = own;
    setStages([]);
    setFailure(undefined);
    setStarted(true);
    setBusy(true);
    learnCodes();
    try {
      const draft = trialOf(edit);
      const input = draft ? { provider, draft } : { provider };
      for await (const { stage } of watch(SettingsService.method.testConnection, input, own.signal)) {
        if (stage) setStages((before) => [...before.filter((other) => other.stage !== stage.stage), stage]);
      }
    } catch (error) {
      const failed = Failure.of(error, SettingsService.method.testConnection);
      setFailure(failed);
      if (failed.fields.length > 0) onFailure(failed);
    } finally {
      if (stop.current === own) setBusy(false);
    }
  };
  return { stages, busy, failure, started, run: (edit) => void run(edit) };
}

const KINDS: Record<string, () => string> = {
  scope: () => m.connections_missing_scopes(),
  function: () => m.connections_missing_functions(),
  capability: () => m.connections_missing_capabilities(),
};

const PLACES: Record<string, () => string> = {
  scope: () => m.connections_where_scope(),
  function: () => m.connections_where_function(),
  capability: () => m.connections_where_capability(),
};

function Missing({ rows }: { rows: readonly MissingAccess[] }) {
  const kinds = [...new Set(rows.map((row) => row.kind))];
  return (
    <>
      {kinds.map((kind) => {
        const own = rows.filter((row) => row.kind === kind);
        const places = new Map(own.map((row) => [row.where, row.url]));
        return (
          <div class="missing stack tight" key={kind}>
            <div class="row tight apart">
              <h3>{KINDS[kind]?.() ?? kind}</h3>
              <Copy text={own.map((row) => row.name).join(kind === "scope" ? "," : "\n")} label={m.connections_copy_names()}>
                {m.connections_copy_names()}
              </Copy>
            </div>
            <ul class="stack tight">
              {own.map((row) => (
                <li key={row.name}>
                  <Id>{row.name}</Id>
                  {row.modules.length > 0 && <span class="small soft"> {m.connections_for_modules({ modules: list(row.modules.map((name) => iso(moduleName(name)))) })}</span>}
                </li>
              ))}
            </ul>
            {[...places].map(([where, url]) => (
              <p class="small said" key={where}>
                <OutLink href={url}>{language.value === "en" ? where || PLACES[kind]?.() : PLACES[kind]?.() ?? where}</OutLink>
              </p>
            ))}
          </div>
        );
      })}
    </>
  );
}

export function Stages({ provider, trial }: { provider: Provider; trial: Trial }) {
  if (!trial.started) return null;
  const next = STAGES[trial.stages.length];
  return (
    <div class="stack tight">
      {trial.failure && (trial.failure.kind === "missing" ? <Note tone="info" icon="info" title={m.connections_test_not_here()} /> : <Problem failure={trial.failure} inline />)}
      {(!trial.failure || trial.stages.length > 0) && (
        <ol class="stages" aria-label={m.connections_stages()} aria-live="polite" aria-busy={trial.busy ? "true" : undefined}>
          {STAGES.map((name) => {
            const found = trial.stages.find((stage) => stage.stage === name);
            const look = lookOf(found?.state ?? (trial.busy ? (name === next ? "running" : "waiting") : "not_tried"));
            const said = !found ? "" : found.code ? sentenceOf(found.code, found.message ?? "") : language.value === "en" && found.message ? found.message : found.state === "passed" ? PASSED[name]?.() : "";
            const remedy = !found?.code ? "" : language.value === "en" && found.remedy ? found.remedy : remedyOf(found.code) || found.remedy;
            return (
              <li key={name} class={`stage tone-${look.tone}`} data-state={found?.state ?? ""} data-stage={name}>
                <Icon name={look.icon} spin={look.spin ?? false} />
                <div class="stack tight">
                  <p class="row tight apart">
                    <span class="strong">{TITLES[provider][name]?.()}</span>
                    <span class="small soft">
                      {look.text}
                      {found?.ms !== undefined && (
                        <>
                          {" · "}
                          <bdi>{span(Number(found.ms))}</bdi>
                        </>
                      )}
                    </span>
                  </p>
                  {said && <p class="small said">{said}</p>}
                  {remedy && <p class="small said strong">{remedy}</p>}
                  {found && found.missing.length > 0 && <Missing rows={found.missing} />}
                </div>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
