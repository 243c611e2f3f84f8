// The list of runs. Its filter is the address; rows that still run bring themselves up to date.
import { type MessageInitShape, create } from "@bufbuild/protobuf";
import { useState } from "preact/hooks";
import { may, seesModule } from "../api/access";
import { changed, useAction, useCall } from "../api/query";
import { commandLine } from "../api/shell";
import { call } from "../api/transport";
import { useFilter } from "../app/address";
import { type ListRunsRequestSchema, type Run, SyncRunService } from "../gen/sigma/v1/run_pb";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { m } from "../paraglide/messages.js";
import { iso, num } from "../text/format";
import { MODULES, RUN_STATES, TRIGGER_WORDS, moduleName, runState, triggerName } from "../text/words";
import { Button, ButtonLink, Card, Head, Pill, When } from "../ui/basic";
import { Select } from "../ui/form";
import { Confirm } from "../ui/sheet";
import { Empty, Loaded } from "../ui/state";
import { type Column, Pager, Table } from "../ui/table";
import { toast } from "../ui/toast";
import { Views } from "../ui/views";
import { Duration, RunState, isActive, startedBy, tallyOf } from "./run/parts";
import { Proportions } from "./run/counts";

const SINCE: Readonly<Record<string, number>> = { "24h": 86_400, "7d": 604_800, "30d": 2_592_000 };

interface Values {
  module: string;
  status: string;
  trigger: string;
  since: string;
  chain: string;
  code: string;
  page: string;
}

// To the minute: a request whose time moved with each second would be another one each time.
function request(values: Values): MessageInitShape<typeof ListRunsRequestSchema> {
  const seconds = SINCE[values.since];
  const from = seconds === undefined ? undefined : Math.floor(Date.now() / 60_000) * 60 - seconds;
  return {
    module: values.module,
    status: values.status,
    triggerSource: values.trigger,
    chainId: values.chain,
    errorCode: values.code,
    pageToken: values.page,
    limit: 50,
    ...(from === undefined ? {} : { startedAfter: create(TimestampSchema, { seconds: BigInt(from) }) }),
  };
}

function command(values: Values): string {
  const { module, status, trigger, chain, code } = values;
  const seconds = SINCE[values.since];
  const since = seconds === undefined ? undefined : new Date(Date.now() - seconds * 1000).toISOString();
  return commandLine(["runs", "list"], { module, status, trigger, chain, code, since });
}

const COLUMNS = (): Column<Run>[] => [
  { name: m.runs_module(), main: true, cell: (run) => moduleName(run.moduleName) },
  {
    name: m.runs_state(),
    cell: (run) => (
      <span class="row tight">
        <RunState run={run} />
        {run.dryRun && (
          <Pill tone="none" icon="info">
            {m.dry_run()}
          </Pill>
        )}
      </span>
    ),
  },
  { name: m.runs_records(), cell: (run) => <Proportions tally={tallyOf(run)} /> },
  { name: m.runs_failed(), end: true, cell: (run) => <FailedCount run={run} /> },
  { name: m.runs_trigger(), cell: (run) => <span title={startedBy(run)}>{triggerName(run.trigger ?? run.triggerSource)}</span> },
  { name: m.runs_started(), cell: (run) => <When at={run.startedAt} /> },
  { name: m.runs_took(), end: true, cell: (run) => <Duration run={run} /> },
];

function FailedCount({ run }: { run: Run }) {
  const { failed } = tallyOf(run);
  return failed > 0n ? <span class="toned tone-bad strong">{num(failed)}</span> : null;
}

/** The active runs among those shown, all at once: cancelling is what people want in a hurry. */
function CancelShown({ runs }: { runs: readonly Run[] }) {
  const [asked, setAsked] = useState(false);
  const action = useAction(async () => {
    const results = await Promise.allSettled(runs.map((run) => call(SyncRunService.method.cancelRun, { runId: run.runId })));
    changed("run");
    const done = results.filter((result) => result.status === "fulfilled").length;
    const first = results.find((result): result is PromiseRejectedResult => result.status === "rejected");
    toast({ text: m.runs_cancelled({ count: done, n: num(done) }) });
    if (first) throw first.reason;
  });
  const wording = m.runs_cancel_shown({ count: runs.length, n: num(runs.length) });
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        {wording}
      </Button>
      {asked && (
        <Confirm
          title={wording}
          action={wording}
          count={runs.length}
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

export default function Runs() {
  const filter = useFilter({ module: "", status: "", trigger: "", since: "", chain: "", code: "", page: "" });
  const { values } = filter;
  const [live, setLive] = useState(false);
  const query = useCall(SyncRunService.method.listRuns, request(values), { everyMs: live ? 2000 : undefined });
  const active = query.data?.runs.filter(isActive) ?? [];
  if (active.length > 0 !== live) setTimeout(() => setLive(active.length > 0));
  const cancellable = active.filter((run) => may(SyncRunService.method.cancelRun, run.moduleName));
  return (
    <>
      <Head
        title={m.screen_runs()}
        actions={
          <>
            {cancellable.length > 1 && <CancelShown runs={cancellable} />}
            <Views screen="runs" command={command(values)} />
            {may(SyncRunService.method.triggerRun) && (
              <ButtonLink href="#/modules" icon="play" look="lead">
                {m.runs_start()}
              </ButtonLink>
            )}
          </>
        }
      >
        {m.runs_lead()}
      </Head>
      <div class="filters" role="search" aria-label={m.filters()}>
        <Select
          label={m.runs_module()}
          value={values.module}
          onChange={(module) => filter.set({ module })}
          options={[{ value: "", text: m.all() }, ...MODULES.filter((module) => seesModule(module)).map((module) => ({ value: module, text: moduleName(module) }))]}
        />
        <Select
          label={m.runs_state()}
          value={values.status}
          onChange={(status) => filter.set({ status })}
          options={[
            { value: "", text: m.all() },
            ...Object.keys(RUN_STATES)
              .filter((word) => word !== "queued")
              .map((word) => ({ value: word, text: runState(word).text })),
          ]}
        />
        <Select
          label={m.runs_trigger()}
          value={values.trigger}
          onChange={(trigger) => filter.set({ trigger })}
          options={[{ value: "", text: m.all() }, ...TRIGGER_WORDS.map((word) => ({ value: word, text: triggerName(word) }))]}
        />
        <Select
          label={m.runs_since()}
          value={values.since}
          onChange={(since) => filter.set({ since })}
          options={[
            { value: "", text: m.runs_since_all() },
            { value: "24h", text: m.window_24h({ n: num(24) }) },
            { value: "7d", text: m.window_7d({ n: num(7) }) },
            { value: "30d", text: m.window_30d({ n: num(30) }) },
          ]}
        />
        {(filter.isNarrowed || values.page) && (
          <Button look="quiet" icon="close" onClick={filter.clear}>
            {m.clear_filters()}
          </Button>
        )}
      </div>
      {(values.chain || values.code) && (
        <p class="soft small">
          {values.chain && m.runs_of_chain({ id: iso(values.chain.slice(0, 8)) })} {values.code && m.runs_of_code({ code: iso(values.code) })}
        </p>
      )}
      <Card flush>
        <Loaded query={query} lines={8}>
          {({ runs, nextPageToken }) =>
            runs.length === 0 ? (
              <Empty
                icon="runs"
                title={filter.isNarrowed ? m.runs_none_match() : m.runs_none()}
                action={
                  filter.isNarrowed ? (
                    <Button onClick={filter.clear}>{m.clear_filters()}</Button>
                  ) : (
                    may(SyncRunService.method.triggerRun) && (
                      <ButtonLink look="lead" icon="play" href="#/modules">
                        {m.runs_start_dry()}
                      </ButtonLink>
                    )
                  )
                }
              >
                {filter.isNarrowed ? m.runs_none_match_help() : m.runs_none_help()}
              </Empty>
            ) : (
              <>
                <Table label={m.screen_runs()} columns={COLUMNS()} rows={runs} rowKey={(run) => run.runId} href={(run) => `#/runs/${encodeURIComponent(run.runId)}`} />
                <Pager first={values.page ? filter.href({ page: "" }) : undefined} next={nextPageToken ? filter.href({ page: nextPageToken }) : undefined} />
              </>
            )
          }
        </Loaded>
      </Card>
    </>
  );
}
