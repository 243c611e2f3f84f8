// A run of a single record, followed to its end.
import { type Item, ItemService } from "../gen/sigma/v1/item_pb";
import { type Run, SyncRunService } from "../gen/sigma/v1/run_pb";
import { onEvent } from "./events";
import { changed } from "./query";
import { call } from "./transport";

/** How often the state of a run that goes on is asked for: events tell how it begins and ends, not how far it is. */
export const ASK_MS = 1000;

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

// Until an event tells of the run, or it is time to ask anyway.
function word(runId: string, stop: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      forget();
      stop.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, ASK_MS);
    const forget = onEvent((event) => {
      if (event.subject === runId) end();
    });
    stop.addEventListener("abort", end);
  });
}

/** Starts a run of one record and gives its states. The run may be one that is going on already, with a follow-up noted. */
export async function* syncRecord(moduleName: string, zohoId: string, dryRun: boolean, stop: AbortSignal): AsyncGenerator<Step> {
  const { run } = await call(SyncRunService.method.triggerRun, dryRun ? { moduleName, ids: [zohoId], dryRun } : { moduleName, ids: [zohoId] });
  if (!run) return;
  yield { run, item: undefined, done: false };
  let last = run;
  while (!hasEnded(last)) {
    await word(run.runId, stop);
    if (stop.aborted) return;
    last = (await call(SyncRunService.method.getRun, { runId: run.runId, itemsLimit: 0 })).run ?? last;
    if (stop.aborted) return;
    yield { run: last, item: undefined, done: false };
  }
  const item = await outcomeIn(last, zohoId);
  changed("run");
  yield { run: last, item, done: true };
}
