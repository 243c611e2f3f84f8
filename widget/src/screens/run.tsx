// One run: how far it is, what became of the records, why some failed and what to do about it.
import { useEffect, useState } from "preact/hooks";
import { may } from "../api/access";
import { learnCodes, remedyOf, sentenceOf, titleOf } from "../api/codes";
import { link } from "../api/events";
import type { Failure } from "../api/failure";
import { ASK_MS } from "../api/follow";
import { changed, useAction, useCall } from "../api/query";
import { call, watch } from "../api/transport";
import { useFilter } from "../app/address";
import type { ScreenProps } from "../app/screens";
import { ItemService } from "../gen/sigma/v1/item_pb";
import { type Run, SyncRunService } from "../gen/sigma/v1/run_pb";
import { m } from "../paraglide/messages.js";
import { num, span, toDate } from "../text/format";
import { ahead } from "../text/time";
import { moduleName, phaseName, triggerName } from "../text/words";
import { Button, ButtonLink, Card, Copy, Head, Id, Meter, Note, Pill, When } from "../ui/basic";
import { Confirm } from "../ui/sheet";
import { Problem, Waiting } from "../ui/state";
import { toast } from "../ui/toast";
import { Figures, Proportions } from "./run/counts";
import { Failures } from "./run/failures";
import { Items } from "./run/items";
import { Timeline } from "./run/timeline";
import { Duration, RunState, isActive, startedBy, stateOf, tallyOf } from "./run/parts";

type Following = "no" | "live" | "polling";

/** The run; while it goes on its figures are asked for every second, and events say at once that it has ended. */
function useRun(runId: string): { run: Run | undefined; failure: Failure | undefined; following: Following; reload: () => void } {
  const [active, setActive] = useState(false);
  const query = useCall(SyncRunService.method.getRun, { runId, itemsLimit: 0 }, { everyMs: active ? ASK_MS : undefined });
  const run = query.data?.run;
  const isGoing = run !== undefined && isActive(run);
  useEffect(() => setActive(isGoing), [isGoing]);
  return { run, failure: query.failure, following: isGoing ? (link.value === "live" ? "live" : "polling") : "no", reload: query.reload };
}

/** How far an active run is, how fast it goes, and when it will be done. */
function Progress({ run, following }: { run: Run; following: Following }) {
  const tally = tallyOf(run);
  const done = Number(tally.total);
  const total = run.expectedTotal === undefined ? undefined : Number(run.expectedTotal);
  const seconds = (Date.now() + ahead.value - (toDate(run.startedAt)?.getTime() ?? Date.now())) / 1000;
  const rate = seconds > 1 ? done / seconds : 0;
  const left = total !== undefined && rate > 0 && total > done ? ((total - done) / rate) * 1000 : undefined;
  return (
    <Card
      title={phaseName(run.phase)}
      aside={
        following === "polling" ? (
          <Pill tone="warn" icon="warn">
            {m.run_polling()}
          </Pill>
        ) : undefined
      }
    >
      <Meter done={done} total={total} label={m.run_progress()} />
      <p class="soft small">
        {total === undefined ? m.run_done_n({ count: done, n: num(done) }) : m.run_done_of({ count: total, n: num(total), done: num(done) })}
        {rate > 0 && <> · {m.run_rate({ rate: num(Math.round(rate)) })}</>}
        {left !== undefined && <> · {m.run_left({ time: span(left) })}</>}
      </p>
      {run.waiting && (
        <Note tone="warn" icon="wait" title={sentenceOf(run.waiting.code, run.waiting.reason)}>
          <p>
            {m.run_waits_since()} <When at={run.waiting.since} />
            {run.waiting.until && (
              <>
                {" · "}
                {m.run_tried_again()} <When at={run.waiting.until} />
              </>
            )}
          </p>
        </Note>
      )}
    </Card>
  );
}

function CancelRun({ run }: { run: Run }) {
  const [asked, setAsked] = useState(false);
  const action = useAction(async () => {
    await call(SyncRunService.method.cancelRun, { runId: run.runId });
    changed("run");
    toast({ text: m.run_cancel_asked() });
  });
  return (
    <>
      <Button look="danger" icon="close" onClick={() => setAsked(true)}>
        {m.run_cancel()}
      </Button>
      {asked && (
        <Confirm
          title={m.run_cancel_title()}
          action={m.run_cancel()}
          danger
          busy={action.busy}
          failure={action.failure}
          onClose={() => setAsked(false)}
          onConfirm={() => void action.run().then((done) => done && setAsked(false))}
        >
          <p>{m.run_cancel_help()}</p>
        </Confirm>
      )}
    </>
  );
}

/** Saves the outcomes as a file. The bearer never gets into an address, so the page reads the stream itself. */
function Download({ run, status, code }: { run: Run; status: string; code: string }) {
  const action = useAction(async () => {
    const parts: string[] = [];
    const stop = new AbortController();
    for await (const { text } of watch(ItemService.method.exportItemsCsv, { runId: run.runId, status, code }, stop.signal)) parts.push(text);
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(new Blob(parts, { type: "text/csv;charset=utf-8" }));
    anchor.download = `${run.moduleName}-${run.runId.slice(0, 8)}.csv`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  });
  return (
    <>
      <Button icon="download" busy={action.busy} onClick={() => void action.run()}>
        {m.run_download()}
      </Button>
      {action.failure && <Problem failure={action.failure} inline />}
    </>
  );
}

function Facts({ run }: { run: Run }) {
  const retried = /^retry_of_(.+)$/.exec(run.triggeredBy ?? "")?.[1];
  return (
    <dl class="pairs small">
      <dt>{m.run_id()}</dt>
      <dd>
        <Id copy>{run.runId}</Id>
      </dd>
      <dt>{m.runs_trigger()}</dt>
      <dd>
        {triggerName(run.trigger ?? run.triggerSource)} {retried ? <a href={`#/runs/${retried}`}>{startedBy(run)}</a> : startedBy(run)}
      </dd>
      {run.chainId && (
        <>
          <dt>{m.run_chain()}</dt>
          <dd>
            <a href={`#/runs?chain=${encodeURIComponent(run.chainId)}`}>{m.run_chain_show()}</a>
          </dd>
        </>
      )}
      {run.mappingVersion !== undefined && (
        <>
          <dt>{m.run_mapping_version()}</dt>
          <dd>{num(run.mappingVersion)}</dd>
        </>
      )}
      {run.upstream && (
        <>
          <dt>{m.run_calls()}</dt>
          <dd>{m.run_calls_made({ zoho: num(run.upstream.zohoCalls), credits: num(run.upstream.zohoCredits), moodle: num(run.upstream.moodleCalls) })}</dd>
        </>
      )}
    </dl>
  );
}

/** What the run as a whole has to say: why it failed, what waits, what was odd about the source. */
function Remarks({ run }: { run: Run }) {
  const state = stateOf(run);
  return (
    <>
      {state === "held" && (
        <Note tone="held" icon="held" title={heldTitle(run)}>
          <p dir="auto">{run.changes?.heldReason || run.removals?.heldReason}</p>
          <div class="row">
            <ButtonLink look="lead" href={`#/runs/${encodeURIComponent(run.runId)}/held`}>
              {m.held_look()}
            </ButtonLink>
          </div>
        </Note>
      )}
      {run.errorSummary && (
        <Note tone={state === "failed" ? "bad" : "warn"} icon={state === "failed" ? "bad" : "warn"} title={sentenceOf(run.errorCode ?? "", run.errorSummary)}>
          {run.errorCode && <p>{remedyOf(run.errorCode, {}, run.errorSummary)}</p>}
          {run.errorCode && (
            <p class="small">
              <Id>{run.errorCode}</Id>
            </p>
          )}
        </Note>
      )}
    </>
  );
}

/** What was odd about the source, each oddity once with the words it was met in. */
function Findings({ run }: { run: Run }) {
  const codes = [...new Set(run.findings.map((finding) => finding.code))];
  if (codes.length === 0) return null;
  return (
    <Card title={m.run_findings()}>
      {codes.map((code) => {
        const rows = run.findings.filter((finding) => finding.code === code);
        return (
          <Note key={code} tone="warn" icon="info" title={rows.length === 1 && rows[0] ? sentenceOf(code, "", { field: rows[0].field, word: rows[0].word }) : titleOf(code)}>
            <p>{remedyOf(code)}</p>
            <ul class="words">
              {rows.map((finding) => (
                <li key={finding.field + finding.word}>
                  <span>
                    {finding.field && <Id>{finding.field}</Id>} {finding.word && <q dir="auto">{finding.word}</q>}
                  </span>
                  {finding.records > 0n && <span class="small soft">{m.n_records({ count: Number(finding.records), n: num(finding.records) })}</span>}
                </li>
              ))}
            </ul>
          </Note>
        );
      })}
    </Card>
  );
}

function heldTitle(run: Run): string {
  const removals = Number(run.removals?.planned ?? 0n);
  const changes = Number(run.changes?.planned ?? 0n);
  return run.changes ? m.held_changes({ count: changes, n: num(changes) }) : m.held_removals({ count: removals, n: num(removals) });
}

export default function RunScreen({ params }: ScreenProps) {
  learnCodes();
  const runId = params.run ?? "";
  const { run, failure, following, reload } = useRun(runId);
  const filter = useFilter({ status: "", code: "", class: "", zoho: "", page: "", chart: "" });
  if (!run) {
    return (
      <>
        <Head title={m.screen_run()} />
        {failure ? <Problem failure={failure} retry={reload} /> : <Waiting lines={8} />}
      </>
    );
  }
  const tally = tallyOf(run);
  const active = isActive(run);
  const here = (patch: Partial<typeof filter.values>) => filter.href(patch);
  return (
    <>
      <Head
        title={<bdi>{moduleName(run.moduleName)}</bdi>}
        actions={
          <>
            {(active || stateOf(run) === "held") && may(SyncRunService.method.cancelRun, run.moduleName) && <CancelRun run={run} />}
            {!active && tally.total > 0n && <Download run={run} status={filter.values.status} code={filter.values.code} />}
            <Copy text={`sigma-sync runs show ${runId}`} label={m.copy_as_command()}>
              {m.copy_as_command()}
            </Copy>
          </>
        }
      >
        <span class="row tight">
          <RunState run={run} />
          {run.dryRun && (
            <Pill tone="none" icon="info">
              {m.dry_run()}
            </Pill>
          )}
          <span>
            <When at={run.startedAt} /> · <Duration run={run} />
          </span>
        </span>
      </Head>
      <div class="stack">
        {failure && failure.kind !== "session" && <Problem failure={failure} retry={reload} />}
        {run.dryRun && <Note tone="info" icon="info" title={m.run_dry_note()} />}
        {active && <Progress run={run} following={following} />}
        <Remarks run={run} />
        <Card>
          <Figures tally={tally} href={(status) => here({ status, code: "", class: "" })} />
          <Proportions tally={tally} />
        </Card>
        <Failures run={run} href={(code) => here({ status: "", code, class: "" })} />
        <Findings run={run} />
        <Timeline run={run} filter={filter} />
        <Items run={run} filter={filter} />
        <Card title={m.run_about()}>
          <Facts run={run} />
        </Card>
      </div>
    </>
  );
}

