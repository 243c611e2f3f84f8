// A run of a single record, followed to its end.
import { type Item, ItemService } from "../gen/sigma/v1/item_pb";
import { type Run, SyncRunService } from "../gen/sigma/v1/run_pb";
import { changed } from "./query";
import { call, watch } from "./transport";

export interface Step {
  run: Run;
  /** The outcome of the record, once there is one. */
  item: Item | undefined;
  done: boolean;
}

// The word rather than the number: a server that answers by REST sends no number.
function hasEnded(run: Run): boolean {
  return run.status !== "running";
}

async function outcomeIn(run: Run, zohoId: string): Promise<Item | undefined> {
  const { items } = await call(ItemService.method.listItems, { runId: run.runId, zohoId, limit: 1 });
  // A server that does not know the filter answers with the items of the whole run.
  return items.find((item) => item.zohoId === zohoId);
}

/** Starts a run of one record and gives its states. The run may be one that is going on already, with a follow-up noted. */
export async function* syncRecord(moduleName: string, zohoId: string, dryRun: boolean, stop: AbortSignal): AsyncGenerator<Step> {
  const { run } = await call(SyncRunService.method.triggerRun, dryRun ? { moduleName, ids: [zohoId], dryRun } : { moduleName, ids: [zohoId] });
  if (!run) return;
  yield { run, item: undefined, done: false };
  let last = run;
  if (!hasEnded(run)) {
    for await (const state of watch(SyncRunService.method.watchRun, { runId: run.runId }, stop)) {
      if (!state.run) continue;
      last = state.run;
      if (hasEnded(last)) break;
      yield { run: last, item: undefined, done: false };
    }
  }
  if (stop.aborted) return;
  const item = await outcomeIn(last, zohoId);
  changed("run");
  yield { run: last, item, done: true };
}
