// The sheet that starts a run: of what changed, of everything, of some records; and always also as a dry run.
import { useState } from "preact/hooks";
import { changed, useAction } from "../../api/query";
import { call } from "../../api/transport";
import { go } from "../../app/address";
import { SyncRunService } from "../../gen/sigma/v1/run_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { moduleName } from "../../text/words";
import { Button } from "../../ui/basic";
import { Check, Choice, TextArea } from "../../ui/form";
import { Sheet } from "../../ui/sheet";
import { Problem } from "../../ui/state";
import { toast } from "../../ui/toast";
import { isActive } from "./parts";

/** The most records that one request may name. */
const IDS_MAX = 1000;

/** Ids as people paste them: by lines, commas or spaces, each once. */
export function readIds(text: string): string[] {
  return [...new Set(text.split(/[\s,;،]+/).filter(Boolean))];
}

/** Without a module the run is of the whole school. */
export function StartRun({ module, onClose }: { module?: string; onClose: () => void }) {
  const [scope, setScope] = useState("changes");
  const [dry, setDry] = useState(false);
  const [text, setText] = useState("");
  const ids = readIds(text);
  const byIds = scope === "ids";
  const action = useAction(async () => {
    if (module === undefined) {
      const { chainId } = await call(SyncRunService.method.triggerAll, { dryRun: dry, scope });
      changed("run");
      toast({ text: m.start_done_all() });
      go(`#/runs?chain=${encodeURIComponent(chainId)}`);
      return;
    }
    const request = byIds ? { moduleName: module, dryRun: dry, ids } : { moduleName: module, dryRun: dry, scope };
    const before = Date.now();
    const { run } = await call(SyncRunService.method.triggerRun, request);
    changed("run");
    // The server answers with the run that is active already, and notes that another one is to follow.
    const isOlder = run !== undefined && isActive(run) && Number(run.startedAt?.seconds ?? 0n) * 1000 < before - 5000;
    toast({ text: isOlder ? m.start_follows() : m.start_done() });
    if (run) go(`#/runs/${encodeURIComponent(run.runId)}`);
  });
  const ready = !byIds || (ids.length > 0 && ids.length <= IDS_MAX);
  return (
    <Sheet title={module === undefined ? m.module_sync_all() : m.start_title({ module: moduleName(module) })} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) void action.run().then((done) => done && onClose());
        }}
      >
        <Choice
          legend={m.start_what()}
          value={scope}
          onChange={setScope}
          options={[
            { value: "changes", text: m.start_changes(), help: m.start_changes_help() },
            { value: "full", text: m.start_full(), help: m.start_full_help() },
            { value: "verify", text: m.start_verify(), help: m.start_verify_help() },
            ...(module === undefined ? [] : [{ value: "ids", text: m.start_ids(), help: m.start_ids_help() }]),
          ]}
        />
        {byIds && (
          <TextArea
            label={m.start_ids_label()}
            value={text}
            onInput={setText}
            dir="ltr"
            help={m.n_records({ count: ids.length, n: num(ids.length) })}
            fault={ids.length > IDS_MAX ? m.start_ids_many({ n: num(IDS_MAX) }) : undefined}
          />
        )}
        <Check checked={dry} onChange={setDry}>
          {m.start_dry()}
          <span class="soft small choice-help">{m.start_dry_help()}</span>
        </Check>
        {action.failure && <Problem failure={action.failure} inline />}
        <div class="ends">
          <Button onClick={onClose}>{m.cancel()}</Button>
          <Button type="submit" look="lead" icon="play" busy={action.busy} disabled={!ready}>
            {dry ? m.start_button_dry() : m.start_button()}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
