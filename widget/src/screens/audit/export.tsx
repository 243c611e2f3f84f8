// All entries that a filter matches, as a file: read from the stream and handed to the browser when it has ended.
import { toJson } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { useRef, useState } from "preact/hooks";
import { useAction } from "../../api/query";
import { watch } from "../../api/transport";
import { AuditEntrySchema, AuditService } from "../../gen/sigma/v1/audit_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Button, Card, Copy } from "../../ui/basic";
import { Problem } from "../../ui/state";

// A page holds the file in its memory; more than this is for the command, which writes as it reads.
const MOST = 200_000;

/** What the list, both exports and the command have in common. */
export interface AuditFilter {
  actor: string;
  keyId: string;
  action: string;
  resource: string;
  outcome: string;
  since?: Timestamp;
  until?: Timestamp;
}

function save(parts: string[], type: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(parts, { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function* lines(filter: AuditFilter, form: "ndjson" | "csv", stop: AbortSignal): AsyncGenerator<[string, number]> {
  if (form === "csv") {
    for await (const { text } of watch(AuditService.method.exportAuditEntriesCsv, filter, stop)) yield [text, text.split("\r\n").length - 1];
    return;
  }
  for await (const { entry } of watch(AuditService.method.exportAuditEntries, filter, stop)) {
    if (entry) yield [`${JSON.stringify(toJson(AuditEntrySchema, entry, { useProtoFieldName: true }))}\n`, 1];
  }
}

export function Export({ filter, command }: { filter: AuditFilter; command: string }) {
  const [read, setRead] = useState(0);
  const [cut, setCut] = useState(false);
  const stop = useRef<AbortController | undefined>(undefined);
  const take = useAction(async (form: "ndjson" | "csv") => {
    const control = new AbortController();
    stop.current = control;
    const parts: string[] = [];
    let count = 0;
    setRead(0);
    setCut(false);
    for await (const [text, more] of lines(filter, form, control.signal)) {
      parts.push(text);
      count += more;
      if (count % 500 < more) setRead(count);
      if (count >= MOST) {
        setCut(true);
        control.abort();
        return;
      }
    }
    if (control.signal.aborted) return;
    save(parts, form === "csv" ? "text/csv" : "application/x-ndjson", `audit.${form}`);
    setRead(0);
  });
  return (
    <div class="section export">
      <Card title={m.audit_export()}>
        <p class="soft">{m.audit_export_help()}</p>
        <div class="row tight">
          <Button icon="download" busy={take.busy} onClick={() => void take.run("csv")}>
            CSV
          </Button>
          <Button icon="download" busy={take.busy} onClick={() => void take.run("ndjson")}>
            {m.audit_ndjson()}
          </Button>
          {take.busy && (
            <Button look="quiet" onClick={() => stop.current?.abort()}>
              {m.cancel()}
            </Button>
          )}
          <Copy text={command} label={m.copy_as_command()}>
            {m.copy_as_command()}
          </Copy>
        </div>
        <p role="status" class="small soft">
          {take.busy && read > 0 ? m.audit_read({ count: read, n: num(read) }) : cut ? m.audit_too_many({ n: num(MOST) }) : ""}
        </p>
        {take.failure && <Problem failure={take.failure} inline />}
      </Card>
    </div>
  );
}
