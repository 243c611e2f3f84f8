// The one stream of events of a page: what changes at the server is asked for anew here. It goes on from the last number
// after a break, waits longer from try to try, and says meanwhile that it is reconnecting.
import { effect, signal } from "@preact/signals";
import { type Event, SyncRunService } from "../gen/sigma/v1/run_pb";
import { may } from "./access";
import { Failure } from "./failure";
import { changed, changedAll } from "./query";
import { session, sessionState } from "./session";
import { watch } from "./transport";

export type Link = "off" | "live" | "waiting";

export const link = signal<Link>("off");

const returned = new Set<() => void>();

/** Hears when the stream is there again after a break: the server may have been replaced meanwhile. */
export function onReturn(listener: () => void): void {
  returned.add(listener);
}

/** Whether the browser has a network, as far as it knows, and the server was reached at the last try. */
export const online = signal(navigator.onLine);

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
// The server says something at least every 15 seconds.
const SILENCE_MS = 40_000;

const SETTLED_MS = 1500;

const listeners = new Set<(event: Event) => void>();

/** Hears of every event; gives what ends it. */
export function onEvent(listener: (event: Event) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The wait before the next try: doubled from 1 to 30 seconds, with a part by chance so that pages do not come at once. */
export function waitBefore(attempt: number, chance: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.75 + chance * 0.25));
}

export function startEvents(): void {
  addEventListener("online", () => {
    online.value = true;
  });
  addEventListener("offline", () => {
    online.value = false;
  });
  let stop: AbortController | undefined;
  effect(() => {
    const open = sessionState.value === "open" && session.value !== undefined;
    const wanted = open && may(SyncRunService.method.watchEvents);
    stop?.abort();
    stop = undefined;
    if (!wanted) {
      link.value = "off";
      return;
    }
    stop = new AbortController();
    void follow(stop.signal);
  });
}

async function follow(stop: AbortSignal): Promise<void> {
  let after: bigint | undefined;
  let attempt = 0;
  while (!stop.aborted) {
    const silence = new AbortController();
    const abort = () => silence.abort();
    stop.addEventListener("abort", abort);
    let timer = setTimeout(abort, SILENCE_MS);
    try {
      const input = after === undefined ? {} : { after };
      for await (const { sequence, event } of watch(SyncRunService.method.watchEvents, input, silence.signal)) {
        clearTimeout(timer);
        timer = setTimeout(abort, SILENCE_MS);
        if (link.peek() !== "live") {
          // What happened before the first message is not told. At the start that is the moment in which the first answers
          // came: they are asked for again, but not while they are being shown.
          if (attempt > 0) changedAll();
          else if (after === undefined) setTimeout(changedAll, SETTLED_MS);
          if (attempt > 0) for (const listener of returned) listener();
          link.value = "live";
          online.value = true;
        }
        attempt = 0;
        after = sequence;
        if (event) {
          changed(event.kind.split(".")[0] ?? "");
          for (const listener of listeners) listener(event);
        }
      }
    } catch (error) {
      const failure = Failure.of(error);
      if (failure.code === "EVENTS_GONE") {
        after = undefined;
        changedAll();
        continue;
      }
      if (failure.kind === "offline") online.value = false;
      if (failure.kind === "session" || failure.kind === "forbidden") {
        link.value = "off";
        return;
      }
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", abort);
    }
    if (stop.aborted) return;
    link.value = "waiting";
    const wait = waitBefore(attempt, Math.random());
    attempt += 1;
    await new Promise((done) => setTimeout(done, wait));
  }
}
