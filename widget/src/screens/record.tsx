// One record: how it stands, what it is in Moodle, what happened to it last, what it waits for, and why. Also the page that
// Zoho CRM shows beside a record.
import { useState } from "preact/hooks";
import { may, seesModule } from "../api/access";
import { learnCodes } from "../api/codes";
import { useCall } from "../api/query";
import type { ScreenProps } from "../app/screens";
import { ModuleService } from "../gen/sigma/v1/module_pb";
import { type GetRecordResponse, RecordService } from "../gen/sigma/v1/record_pb";
import { m } from "../paraglide/messages.js";
import { iso, num } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Button, ButtonLink, Card, Head, Id, Name, Note, OutLink, Pill, When } from "../ui/basic";
import { valueText } from "../ui/diff";
import { ItemChanges, OutcomePill, Reason, doneWord } from "../ui/outcome";
import { Empty, Loaded } from "../ui/state";
import { SyncRecord } from "../ui/sync";
import { Why } from "./record/why";
import { evidenceName, recordState, targetName } from "./record/words";

/** Why a record that was never met may still be missing. */
function Unseen({ record }: { record: GetRecordResponse }) {
  return (
    <Note tone="info" icon="info" title={m.record_unseen_title()}>
      <p>{record.moduleEnabled ? m.record_unseen_why() : m.record_unseen_off({ module: moduleName(record.moduleName) })}</p>
    </Note>
  );
}

function State({ record }: { record: GetRecordResponse }) {
  const { text, tone, icon } = recordState(record.state);
  const { link } = record;
  return (
    <Card
      title={
        <Pill tone={tone} icon={icon}>
          {text}
        </Pill>
      }
      aside={record.personId && record.moduleName !== "students" ? <a href={`#/people/${encodeURIComponent(record.personId)}`}>{m.record_person()}</a> : undefined}
    >
      {record.state === "unseen" && <Unseen record={record} />}
      {!record.moduleEnabled && record.state !== "unseen" && (
        <Note tone="warn" icon="off" title={m.record_module_off({ module: moduleName(record.moduleName) })}>
          {may(ModuleService.method.listModules) && (
            <p>
              <a href="#/modules">{m.screen_modules()}</a>
            </p>
          )}
        </Note>
      )}
      {record.removal && (
        <Note tone="held" icon="held" title={record.removal.held ? m.record_removal_held() : m.record_removal_planned()}>
          <p>{evidenceName(record.removal.evidence)}</p>
          <p>
            <a href={`#/runs/${record.removal.runId}${record.removal.held ? "/held" : ""}`}>{m.sync_run_link()}</a>
          </p>
        </Note>
      )}
      <dl class="pairs">
        <dt>{m.people_zoho_id()}</dt>
        <dd>
          <Id copy>{record.zohoId}</Id>
        </dd>
        <dt>{m.record_in_moodle()}</dt>
        <dd>
          {link ? (
            <>
              <OutLink href={link.url}>
                {targetName(link.targetKind)} <Id>{link.targetId}</Id>
              </OutLink>
              {link.state !== record.state && (
                <span class="soft">
                  {" "}
                  · {recordState(link.state).text}
                </span>
              )}
            </>
          ) : (
            <span class="soft">{m.record_nothing_in_moodle()}</span>
          )}
        </dd>
        {link?.updatedAt && (
          <>
            <dt>{m.people_changed()}</dt>
            <dd>
              <When at={link.updatedAt} />
            </dd>
          </>
        )}
      </dl>
      <SyncRecord module={record.moduleName} zohoId={record.zohoId} lead disabled={!record.moduleEnabled} />
    </Card>
  );
}

function Waits({ record }: { record: GetRecordResponse }) {
  if (record.waits.length === 0) return null;
  return (
    <Card title={m.record_waits()}>
      <ul class="stack tight">
        {record.waits.map((wait) => (
          <li key={`${wait.parentModule} ${wait.parentId}`} class="row tight">
            <Pill tone={wait.ready ? "good" : "warn"} icon={wait.ready ? "good" : "wait"}>
              {wait.ready ? m.record_wait_ready() : m.record_wait_open()}
            </Pill>
            {wait.parentId === record.zohoId && wait.parentModule === record.moduleName ? (
              <span>{m.record_wait_itself()}</span>
            ) : (
              <a href={`#/record/${wait.parentModule}/${encodeURIComponent(wait.parentId)}`}>
                {moduleName(wait.parentModule)} {iso(wait.parentId)}
              </a>
            )}
            <span class="soft small">
              <When at={wait.since} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Last({ record }: { record: GetRecordResponse }) {
  const item = record.lastOutcome;
  if (!item) return null;
  return (
    <Card
      title={m.record_last()}
      aside={
        <span class="soft small">
          <When at={item.createdAt} />
        </span>
      }
    >
      <p class="row tight">
        <OutcomePill status={item.status} />
        {doneWord(item) && <span>{doneWord(item)}</span>}
        <a href={`#/runs/${item.runId}`}>{m.sync_run_link()}</a>
        {item.code && <Id>{item.code}</Id>}
      </p>
      <Reason item={item} remedyCode={record.remedyCode} />
      <ItemChanges item={item} />
    </Card>
  );
}

function Sent({ record }: { record: GetRecordResponse }) {
  const sent = Object.entries(record.link?.sent ?? {});
  if (sent.length === 0) return null;
  return (
    <Card title={m.record_sent()}>
      <dl class="pairs">
        {sent.map(([field, value]) => (
          <div class="pair" key={field}>
            <dt>
              <Id>{field}</Id>
            </dt>
            <dd>
              <Name>{valueText(value)}</Name>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** A button of Zoho may be pressed for several records at once. */
function Several({ module, ids }: { module: string; ids: readonly string[] }) {
  return (
    <>
      <Head title={moduleName(module)} />
      <Card title={m.record_several({ count: ids.length, n: num(ids.length) })}>
        <ul class="stack tight">
          {ids.map((id) => (
            <li key={id}>
              <a href={`#/record/${module}/${encodeURIComponent(id)}`}>{iso(id)}</a>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

export default function RecordPage({ params }: ScreenProps) {
  const ids = (params.id ?? "").split(",").filter(Boolean);
  if (ids.length > 1) return <Several module={params.module ?? ""} ids={ids} />;
  return <OneRecord params={params} />;
}

function OneRecord({ params }: ScreenProps) {
  learnCodes();
  const module = params.module ?? "";
  const zohoId = params.id ?? "";
  const [why, setWhy] = useState(false);
  const known = (MODULES as readonly string[]).includes(module);
  const query = useCall(RecordService.method.getRecord, { moduleName: module, zohoId }, { skip: !known });
  if (!known || !seesModule(module)) {
    return (
      <Card>
        <Empty icon="search" title={m.record_no_module({ module: iso(module) })} action={<ButtonLink href="#/people">{m.screen_people()}</ButtonLink>} />
      </Card>
    );
  }
  const mayAsk = may(RecordService.method.explainRecord, module);
  return (
    <>
      <Head title={moduleName(module)}>
        <Id>{zohoId}</Id>
      </Head>
      <Loaded query={query} lines={4}>
        {(record) => (
          <div class="stack">
            <State record={record} />
            <Waits record={record} />
            <Last record={record} />
            {mayAsk &&
              (why ? (
                <Why module={module} zohoId={zohoId} />
              ) : (
                <div>
                  <Button icon="info" onClick={() => setWhy(true)}>
                    {m.why_ask()}
                  </Button>
                </div>
              ))}
            <Sent record={record} />
          </div>
        )}
      </Loaded>
    </>
  );
}
