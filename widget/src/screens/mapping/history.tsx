// The versions of a mapping: who saved what and why, what has changed since, and the way back.
import { useState } from "preact/hooks";
import { may } from "../../api/access";
import { changed, useAction, useCall } from "../../api/query";
import { call } from "../../api/transport";
import { type MappingVersion, MappingService } from "../../gen/sigma/v1/mapping_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Button, Card, Name, Pill, When } from "../../ui/basic";
import { TextField } from "../../ui/form";
import { Confirm } from "../../ui/sheet";
import { Empty, Loaded } from "../../ui/state";
import { toast } from "../../ui/toast";
import { Changes, changesOf } from "./diff";

const PAGE = 20;

function Since({ module, version }: { module: string; version: bigint }) {
  const query = useCall(MappingService.method.diffMappingVersions, { moduleName: module, from: version });
  return (
    <Loaded query={query} lines={2}>
      {(data) => (
        <div class="stack tight">
          <p class="small soft">{m.mapping_since({ from: num(data.from), to: num(data.to) })}</p>
          <Changes changes={changesOf(data.changes)} />
        </div>
      )}
    </Loaded>
  );
}

function Restore({ module, version, current, onClose }: { module: string; version: bigint; current: bigint; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const act = useAction(async () => {
    await call(MappingService.method.rollbackMappings, { moduleName: module, version, expectedVersion: current, ...(reason.trim() ? { reason: reason.trim() } : {}) });
    changed("mapping");
    toast({ text: m.mapping_restored({ version: num(version) }) });
    onClose();
  });
  return (
    <Confirm title={m.mapping_restore_title({ version: num(version) })} action={m.mapping_restore()} busy={act.busy} failure={act.failure} onConfirm={() => void act.run()} onClose={onClose}>
      <p>{m.mapping_restore_how()}</p>
      <TextField label={m.mapping_reason()} value={reason} onInput={setReason} maxLength={500} />
    </Confirm>
  );
}

export function History({ module, current, isEditing }: { module: string; current: bigint; isEditing: boolean }) {
  const [before, setBefore] = useState<bigint>();
  const query = useCall(MappingService.method.listMappingVersions, { moduleName: module, limit: PAGE, ...(before === undefined ? {} : { before }) });
  const [open, setOpen] = useState<bigint>();
  const [restoring, setRestoring] = useState<MappingVersion>();
  const mayRestore = may(MappingService.method.rollbackMappings, module);
  return (
    <Loaded query={query}>
      {({ versions, next }) =>
        versions.length === 0 ? (
          <Empty title={m.mapping_no_versions()} />
        ) : (
          <Card flush>
            <ol class="versions">
              {versions.map((row) => (
                <li key={String(row.version)}>
                  <div class="row apart">
                    <div class="stack tight grow">
                      <p class="row tight">
                        <span class="strong">{m.mapping_version({ version: num(row.version) })}</span>
                        {row.version === current && (
                          <Pill tone="good" icon="good">
                            {m.mapping_current()}
                          </Pill>
                        )}
                        <When at={row.createdAt} />
                      </p>
                      <p class="small soft">
                        <Name>{row.author}</Name>
                        {row.reason && (
                          <>
                            {" · "}
                            <Name>{row.reason}</Name>
                          </>
                        )}
                      </p>
                    </div>
                    {row.version !== current && (
                      <span class="row tight">
                        <Button small look="quiet" expanded={open === row.version} onClick={() => setOpen(open === row.version ? undefined : row.version)}>
                          {m.mapping_compare()}
                        </Button>
                        {mayRestore && (
                          <Button small disabled={isEditing} onClick={() => setRestoring(row)}>
                            {m.mapping_restore()}
                          </Button>
                        )}
                      </span>
                    )}
                  </div>
                  {open === row.version && <Since module={module} version={row.version} />}
                </li>
              ))}
            </ol>
            {(next !== undefined || before !== undefined) && (
              <div class="pager">
                {before !== undefined && (
                  <Button small onClick={() => setBefore(undefined)}>
                    {m.first_page()}
                  </Button>
                )}
                {next !== undefined && (
                  <Button small onClick={() => setBefore(next)}>
                    {m.next_page()}
                  </Button>
                )}
              </div>
            )}
            {restoring && <Restore module={module} version={restoring.version} current={current} onClose={() => setRestoring(undefined)} />}
          </Card>
        )
      }
    </Loaded>
  );
}
