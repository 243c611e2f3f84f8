// Who changed what, when and from where, and what was refused. The filter is the address; all that it matches can be taken
// along as a file.
import { create } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { useCall } from "../api/query";
import { commandLine } from "../api/shell";
import { useFilter } from "../app/address";
import { type AuditEntry, AuditService } from "../gen/sigma/v1/audit_pb";
import { m } from "../paraglide/messages.js";
import { dayAndClock } from "../text/format";
import { Button, Card, Head, Id, Name, Pill, When } from "../ui/basic";
import { Changes } from "../ui/diff";
import { SearchField, Select, TextField } from "../ui/form";
import { Sheet } from "../ui/sheet";
import { Empty, Loaded } from "../ui/state";
import { Pager, Table } from "../ui/table";
import { Views } from "../ui/views";
import { type AuditFilter, Export } from "./audit/export";
import { ACTIONS, actionName, authorName, changesIn } from "./audit/words";

type Values = Record<"actor" | "key" | "action" | "resource" | "outcome" | "since" | "until", string>;

// Days of the filter are days of the reader's clock.
function time(text: string): Timestamp | undefined {
  const ms = text ? new Date(text).getTime() : Number.NaN;
  return Number.isNaN(ms) ? undefined : create(TimestampSchema, { seconds: BigInt(Math.floor(ms / 1000)) });
}

function request(values: Values): AuditFilter {
  const since = time(values.since);
  const until = time(values.until);
  return {
    actor: values.actor,
    keyId: values.key,
    action: values.action,
    resource: values.resource,
    outcome: values.outcome,
    ...(since ? { since } : {}),
    ...(until ? { until } : {}),
  };
}

function flags(values: Values): Record<string, string | undefined> {
  const moment = (text: string) => (time(text) ? new Date(text).toISOString() : undefined);
  return {
    actor: values.actor,
    by: values.key,
    action: values.action,
    resource: values.resource,
    outcome: values.outcome,
    since: moment(values.since),
    until: moment(values.until),
  };
}

function Outcome({ entry }: { entry: AuditEntry }) {
  return entry.outcome === "refused" ? (
    <Pill tone="bad" icon="lock">
      {m.audit_refused()}
    </Pill>
  ) : (
    <Pill tone="good" icon="check">
      {m.audit_done()}
    </Pill>
  );
}

function EntrySheet({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const rows: [string, string | undefined][] = [
    [m.audit_key(), entry.keyId],
    [m.audit_session(), entry.sessionId],
    [m.audit_address(), entry.address],
    [m.audit_scheme(), entry.scheme],
    [m.request_id(), entry.requestId],
    [m.audit_entry(), entry.entryId],
  ];
  const changes = changesIn(entry);
  return (
    <Sheet title={actionName(entry.action)} onClose={onClose} wide>
      <p class="row tight">
        <Outcome entry={entry} />
        <Id>{entry.action}</Id>
        {entry.resource && <Id copy>{entry.resource}</Id>}
      </p>
      <dl class="pairs">
        <dt>{m.audit_when()}</dt>
        <dd>{dayAndClock(entry.createdAt)}</dd>
        <dt>{m.audit_who()}</dt>
        <dd>
          <Name>{authorName(entry)}</Name>
        </dd>
        {rows.map(([name, value]) =>
          value ? (
            <div class="pair" key={name}>
              <dt>{name}</dt>
              <dd>
                <Id>{value}</Id>
              </dd>
            </div>
          ) : null,
        )}
      </dl>
      {changes.length > 0 && (
        <>
          <h3>{m.audit_changes()}</h3>
          <Changes changes={changes} />
        </>
      )}
      <div class="ends">
        <Button onClick={onClose}>{m.close()}</Button>
      </div>
    </Sheet>
  );
}

export default function Audit() {
  const filter = useFilter({ actor: "", key: "", action: "", resource: "", outcome: "", since: "", until: "", page: "", entry: "" });
  const { values } = filter;
  const query = useCall(AuditService.method.listAuditEntries, { ...request(values), limit: 50, pageToken: values.page });
  const opened = query.data?.entries.find((entry) => entry.entryId === values.entry);
  const clear = () => filter.set({ actor: "", key: "", action: "", resource: "", outcome: "", since: "", until: "" });
  const narrowed = Boolean(values.actor || values.key || values.action || values.resource || values.outcome || values.since || values.until);
  return (
    <>
      <Head title={m.screen_audit()} actions={<Views screen="audit" command={commandLine(["audit", "list"], flags(values))} />}>
        {m.audit_lead()}
      </Head>
      <Card flush>
        <div class="filters in-card" role="search" aria-label={m.filters()}>
          <SearchField label={m.audit_who()} value={values.actor} onSettled={(actor) => filter.set({ actor: actor.trim() })} />
          <SearchField label={m.audit_key()} value={values.key} onSettled={(key) => filter.set({ key: key.trim() })} />
          <Select
            label={m.audit_what()}
            value={values.action}
            onChange={(action) => filter.set({ action })}
            options={[{ value: "", text: m.all() }, ...ACTIONS.map((word) => ({ value: word, text: actionName(word) }))]}
          />
          <SearchField label={m.audit_resource()} value={values.resource} onSettled={(resource) => filter.set({ resource: resource.trim() })} />
          <Select
            label={m.audit_outcome()}
            value={values.outcome}
            onChange={(outcome) => filter.set({ outcome })}
            options={[
              { value: "", text: m.all() },
              { value: "done", text: m.audit_done() },
              { value: "refused", text: m.audit_refused() },
            ]}
          />
          <TextField label={m.audit_since()} type="datetime-local" dir="ltr" value={values.since} onInput={(since) => filter.set({ since })} />
          <TextField label={m.audit_until()} type="datetime-local" dir="ltr" value={values.until} onInput={(until) => filter.set({ until })} />
        </div>
        <Loaded query={query} lines={8}>
          {({ entries, nextPageToken }) =>
            entries.length === 0 ? (
              <Empty icon="audit" title={narrowed ? m.audit_none_match() : m.audit_none()} action={narrowed ? <Button onClick={clear}>{m.clear_filters()}</Button> : undefined} />
            ) : (
              <>
                <Table
                  label={m.screen_audit()}
                  rows={entries}
                  rowKey={(entry) => entry.entryId}
                  href={(entry) => filter.href({ entry: entry.entryId, page: values.page })}
                  columns={[
                    { name: m.audit_what(), main: true, cell: (entry) => actionName(entry.action) },
                    { name: m.audit_resource(), cell: (entry) => (entry.resource ? <Id>{entry.resource}</Id> : null) },
                    { name: m.audit_who(), cell: (entry) => <Name>{authorName(entry)}</Name> },
                    { name: m.audit_address(), cell: (entry) => (entry.address ? <span class="nowrap"><Id>{entry.address}</Id></span> : null) },
                    { name: m.audit_outcome(), cell: (entry) => <Outcome entry={entry} /> },
                    { name: m.audit_when(), cell: (entry) => <When at={entry.createdAt} /> },
                  ]}
                />
                <Pager first={values.page ? filter.href({ page: "" }) : undefined} next={nextPageToken ? filter.href({ page: nextPageToken }) : undefined} />
              </>
            )
          }
        </Loaded>
      </Card>
      <Export filter={request(values)} command={commandLine(["audit", "export"], flags(values))} />
      {opened && <EntrySheet entry={opened} onClose={() => filter.set({ entry: "", page: values.page })} />}
    </>
  );
}
