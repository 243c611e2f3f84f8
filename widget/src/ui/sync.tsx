// "Sync this record": starts a run of one record and shows how it goes, up to what came of it.
import { useEffect, useRef, useState } from "preact/hooks";
import { may } from "../api/access";
import { learnCodes, sentenceOf } from "../api/codes";
import { Failure } from "../api/failure";
import { type Step, syncRecord } from "../api/follow";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { m } from "../paraglide/messages.js";
import { between, span } from "../text/format";
import { moduleName, phaseName, runState } from "../text/words";
import { Button, Note, Pill } from "./basic";
import { OutcomePill, Reason, ItemChanges, doneWord } from "./outcome";
import { Problem } from "./state";

function Result({ step, dryRun }: { step: Step; dryRun: boolean }) {
  const { run, item } = step;
  const took = between(run.startedAt, run.finishedAt);
  if (item) {
    return (
      <div class="stack tight">
        <p class="row tight">
          <OutcomePill status={item.status} />
          {dryRun && <span class="strong">{m.sync_dry_note()}</span>}
          {doneWord(item) && <span>{doneWord(item)}</span>}
          {took !== undefined && <span class="soft small">{span(took)}</span>}
          <a href={`#/runs/${run.runId}`}>{m.sync_run_link()}</a>
        </p>
        <Reason item={item} />
        <ItemChanges item={item} />
      </div>
    );
  }
  const shown = runState(run.status);
  return (
    <Note tone={shown.tone} icon={shown.icon} title={shown.text}>
      {run.errorSummary ? <p>{sentenceOf(run.errorCode ?? "", run.errorSummary)}</p> : <p>{m.sync_other_run()}</p>}
      <p>
        <a href={`#/runs/${run.runId}`}>{m.sync_run_link()}</a>
      </p>
    </Note>
  );
}

function Going({ step, module }: { step: Step; module: string }) {
  const { run } = step;
  return (
    <p class="row tight">
      <Pill tone="info" icon="turn" spin>
        {phaseName(run.phase)}
      </Pill>
      <span class="soft small">{run.waiting ? sentenceOf(run.waiting.code, run.waiting.reason) : moduleName(module)}</span>
    </p>
  );
}

/** Nothing for a role that may not start runs. */
export function SyncRecord({ module, zohoId, lead, disabled }: { module: string; zohoId: string; lead?: boolean; disabled?: boolean }) {
  learnCodes();
  const [step, setStep] = useState<Step>();
  const [mode, setMode] = useState<"real" | "dry">();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  if (!may(SyncRunService.method.triggerRun, module)) return null;
  const start = async (dryRun: boolean) => {
    const control = new AbortController();
    stop.current = control;
    setBusy(true);
    setMode(dryRun ? "dry" : "real");
    setFailure(undefined);
    setStep(undefined);
    try {
      for await (const next of syncRecord(module, zohoId, dryRun, control.signal)) setStep(next);
    } catch (error) {
      if (!control.signal.aborted) setFailure(Failure.of(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="stack tight">
      <div class="row tight">
        <Button look={lead ? "lead" : "plain"} icon="runs" busy={busy && mode === "real"} disabled={disabled || (busy && mode !== "real")} onClick={() => void start(false)}>
          {m.sync_now()}
        </Button>
        <Button look="quiet" busy={busy && mode === "dry"} disabled={disabled || (busy && mode !== "dry")} onClick={() => void start(true)}>
          {m.sync_dry()}
        </Button>
      </div>
      <div role="status">{step && (step.done ? <Result step={step} dryRun={mode === "dry"} /> : <Going step={step} module={module} />)}</div>
      {failure && <Problem failure={failure} inline />}
    </div>
  );
}
