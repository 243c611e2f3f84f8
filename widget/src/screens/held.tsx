// A run that waits: what it would remove or change, and the two ways out. To approve, the number is typed; at most what was
// shown is then carried out.
import { useState } from "preact/hooks";
import { leastRole, may } from "../api/access";
import { learnCodes } from "../api/codes";
import { changed, useAction, useCall } from "../api/query";
import { call } from "../api/transport";
import { go, useFilter } from "../app/address";
import type { ScreenProps } from "../app/screens";
import { type Change, type Removal, type Run, SyncRunService } from "../gen/sigma/v1/run_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { moduleName, roleName } from "../text/words";
import { Button, ButtonLink, Card, Head, Id, Name, Note, When } from "../ui/basic";
import { TextField } from "../ui/form";
import { Confirm, readNumber } from "../ui/sheet";
import { Empty, Loaded, Problem, Waiting } from "../ui/state";
import { Pager, Table } from "../ui/table";
import { toast } from "../ui/toast";
import { RunState, stateOf } from "./run/parts";

const EVIDENCE: Readonly<Record<string, () => string>> = {
  absent: () => m.evidence_absent(),
  deleted: () => m.evidence_deleted(),
  status: () => m.evidence_status(),
  moved: () => m.evidence_moved(),
};

/** Name, address and course, each in its own direction: together in one they would turn each other round. */
function Label({ children }: { children: string }) {
  const parts = children.split(/([<>]|, )/).filter(Boolean);
  return <>{parts.map((part, place) => (/^([<>]|, )$/.test(part) ? part : <Name key={place}>{part}</Name>))}</>;
}

function RemovalList({ run }: { run: Run }) {
  const filter = useFilter({ page: "" });
  const query = useCall(SyncRunService.method.listRemovals, { runId: run.runId, limit: 50, pageToken: filter.values.page });
  return (
    <Loaded query={query}>
      {({ removals, nextPageToken }) => (
        <>
          <Table<Removal>
            label={m.held_list_removals()}
            rows={removals}
            rowKey={(removal) => removal.zohoId}
            columns={[
              { name: m.held_record(), main: true, cell: (removal) => (removal.label ? <Label>{removal.label}</Label> : <Id>{removal.zohoId}</Id>) },
              { name: m.items_zoho_id(), cell: (removal) => <Id>{removal.zohoId}</Id> },
              { name: m.held_why(), cell: (removal) => EVIDENCE[removal.evidence]?.() ?? removal.evidence },
            ]}
          />
          <Pager first={filter.values.page ? filter.href({ page: "" }) : undefined} next={nextPageToken ? filter.href({ page: nextPageToken }) : undefined} />
        </>
      )}
    </Loaded>
  );
}

function ChangeList({ run }: { run: Run }) {
  const changes = run.changes;
  if (!changes) return null;
  const left = Number(changes.planned) - changes.samples.length;
  return (
    <>
      <Table<Change>
        label={m.held_list_changes()}
        rows={changes.samples}
        rowKey={(change) => change.zohoId}
        columns={[
          { name: m.held_record(), main: true, cell: (change) => (change.label ? <Label>{change.label}</Label> : <Id>{change.zohoId}</Id>) },
          { name: m.items_zoho_id(), cell: (change) => <Id>{change.zohoId}</Id> },
          { name: m.held_what(), cell: (change) => (change.op === "create" ? m.held_created() : change.fields.map((field) => <Id key={field}>{field}</Id>)) },
        ]}
      />
      {left > 0 && <p class="soft small held-more">{m.held_more({ count: left, n: num(left) })}</p>}
    </>
  );
}

function Approve({ run, planned, isChange }: { run: Run; planned: number; isChange: boolean }) {
  const [typed, setTyped] = useState("");
  const wanted = readNumber(typed);
  const valid = wanted !== undefined && wanted >= 1 && wanted <= planned;
  const action = useAction(async () => {
    if (wanted === undefined) return;
    await call(SyncRunService.method.approveRun, isChange ? { runId: run.runId, changes: BigInt(wanted) } : { runId: run.runId, removals: BigInt(wanted) });
    changed("run");
    toast({ text: m.held_approved({ count: wanted, n: num(wanted) }) });
    go(`#/runs/${encodeURIComponent(run.runId)}`);
  });
  const wording =
    valid && wanted !== undefined
      ? isChange
        ? m.held_approve_changes({ count: wanted, n: num(wanted) })
        : m.held_approve_removals({ count: wanted, n: num(wanted) })
      : m.held_approve();
  return (
    <form
      class="stack tight"
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) void action.run();
      }}
    >
      <TextField
        label={m.held_type()}
        help={m.held_type_help({ n: num(planned) })}
        value={typed}
        onInput={setTyped}
        inputMode="numeric"
        dir="ltr"
        fault={typed && !valid ? m.held_type_fault({ n: num(planned) }) : undefined}
      />
      {action.failure && <Problem failure={action.failure} inline />}
      <div class="row">
        <Button type="submit" look={isChange ? "lead" : "danger lead"} icon="check" busy={action.busy} disabled={!valid}>
          {wording}
        </Button>
      </div>
    </form>
  );
}

function Discard({ run }: { run: Run }) {
  const [asked, setAsked] = useState(false);
  const action = useAction(async () => {
    await call(SyncRunService.method.discardRun, { runId: run.runId });
    changed("run");
    toast({ text: m.held_discarded() });
    go(`#/runs/${encodeURIComponent(run.runId)}`);
  });
  return (
    <>
      <Button icon="close" onClick={() => setAsked(true)}>
        {m.held_discard()}
      </Button>
      {asked && (
        <Confirm title={m.held_discard_title()} action={m.held_discard()} busy={action.busy} failure={action.failure} onClose={() => setAsked(false)} onConfirm={() => void action.run()}>
          <p>{m.held_discard_help()}</p>
        </Confirm>
      )}
    </>
  );
}

export default function Held({ params }: ScreenProps) {
  learnCodes();
  const runId = params.run ?? "";
  const query = useCall(SyncRunService.method.getRun, { runId, itemsLimit: 0 });
  const run = query.data?.run;
  if (!run) {
    return (
      <>
        <Head title={m.screen_held()} />
        {query.failure ? <Problem failure={query.failure} retry={query.reload} /> : <Waiting lines={8} />}
      </>
    );
  }
  const isChange = run.changes !== undefined;
  const planned = Number(run.changes?.planned ?? run.removals?.planned ?? 0n);
  const back = (
    <ButtonLink href={`#/runs/${encodeURIComponent(runId)}`} icon="back">
      {m.held_to_run()}
    </ButtonLink>
  );
  if (stateOf(run) !== "held") {
    return (
      <>
        <Head title={m.screen_held()} actions={back}>
          <RunState run={run} />
        </Head>
        <Card>
          <Empty icon="held" title={m.held_not()}>
            {m.held_not_help()}
          </Empty>
        </Card>
      </>
    );
  }
  const allowed = may(SyncRunService.method.approveRun, run.moduleName);
  return (
    <>
      <Head title={isChange ? m.held_changes({ count: planned, n: num(planned) }) : m.held_removals({ count: planned, n: num(planned) })} actions={back}>
        <span class="row tight">
          <RunState run={run} /> <bdi>{moduleName(run.moduleName)}</bdi> · <When at={run.startedAt} />
        </span>
      </Head>
      <div class="held-columns">
        <Card title={isChange ? m.held_list_changes() : m.held_list_removals()} flush>
          {isChange ? <ChangeList run={run} /> : <RemovalList run={run} />}
        </Card>
        <div class="stack held-decision">
          <Note tone="held" icon="held" title={m.held_nothing_done()}>
            <p dir="auto">{run.changes?.heldReason || run.removals?.heldReason}</p>
            {run.waiting?.until && (
              <p>
                {m.held_expires()} <When at={run.waiting.until} />
              </p>
            )}
          </Note>
          <Card title={m.held_decide()}>
            {allowed ? (
              <>
                <Approve run={run} planned={planned} isChange={isChange} />
                <hr />
                <p class="soft small">{m.held_discard_help()}</p>
                <div class="row">
                  <Discard run={run} />
                </div>
              </>
            ) : (
              <p>{m.held_needs_role({ role: roleName(leastRole(SyncRunService.method.approveRun)) })}</p>
            )}
          </Card>
        </div>
      </div>
    </>
  );
}
