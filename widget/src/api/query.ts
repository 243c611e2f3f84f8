// What screens know of the server: answers kept by method and request, shown while newer ones load, and asked for anew when
// an event says that they may have changed. Only what is on the screen is asked for.
import { type DescMessage, type DescMethodUnary, type MessageInitShape, type MessageShape, create, toJsonString } from "@bufbuild/protobuf";
import { type Signal, signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { Failure } from "./failure";
import { sessionState } from "./session";
import { call } from "./transport";

interface Entry {
  service: string;
  data: Signal<unknown>;
  failure: Signal<Failure | undefined>;
  busy: Signal<boolean>;
  stale: boolean;
  users: number;
  at: number;
  load: () => Promise<void>;
}

const entries = new Map<string, Entry>();
const KEPT = 200;

export interface Query<T> {
  /** The newest answer; while another request loads, the answer of the one before. */
  data: T | undefined;
  failure: Failure | undefined;
  busy: boolean;
  /** False while `data` answers an earlier request. */
  isCurrent: boolean;
  /** When the answer came, by the browser's clock. */
  at: number;
  reload: () => void;
}

function entryOf<I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, input: MessageInitShape<I>): Entry {
  const message = create(method.input, input);
  const key = `${method.parent.name}/${method.name} ${toJsonString(method.input, message)}`;
  const known = entries.get(key);
  if (known) return known;
  let running: Promise<void> | undefined;
  let again = false;
  const entry: Entry = {
    service: method.parent.name,
    data: signal<unknown>(undefined),
    failure: signal<Failure | undefined>(undefined),
    busy: signal(false),
    stale: true,
    users: 0,
    at: 0,
    load() {
      if (running) {
        again = true;
        return running;
      }
      entry.stale = false;
      entry.busy.value = true;
      running = call(method, message as MessageInitShape<I>)
        .then(
          (answer) => {
            entry.data.value = answer;
            entry.failure.value = undefined;
            entry.at = Date.now();
          },
          (error: unknown) => {
            entry.failure.value = Failure.of(error, method, input);
            entry.stale = true;
          },
        )
        .finally(() => {
          running = undefined;
          entry.busy.value = false;
          if (again) {
            again = false;
            if (entry.users > 0) void entry.load();
            else entry.stale = true;
          }
        });
      return running;
    },
  };
  entries.set(key, entry);
  for (const [old, other] of entries) {
    if (entries.size <= KEPT) break;
    if (other.users === 0) entries.delete(old);
  }
  return entry;
}

export interface CallOptions {
  /** Asks again after so many milliseconds, as long as the page is seen. */
  everyMs?: number | undefined;
  /** True: nothing is asked for. */
  skip?: boolean | undefined;
}

/** The answer of a method, kept up to date. */
export function useCall<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
  { everyMs, skip = false }: CallOptions = {},
): Query<MessageShape<O>> {
  const entry = skip ? undefined : entryOf(method, input);
  const kept = useRef<MessageShape<O> | undefined>(undefined);
  // Before the paint, not after it: what is shown first is what is asked for now.
  useLayoutEffect(() => {
    if (!entry) return undefined;
    entry.users += 1;
    if (entry.stale && sessionState.peek() === "open") void entry.load();
    return () => {
      entry.users -= 1;
    };
  }, [entry]);
  useEffect(() => {
    if (!entry || !everyMs) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden && sessionState.peek() === "open") void entry.load();
    }, everyMs);
    return () => clearInterval(timer);
  }, [entry, everyMs]);
  const data = entry?.data.value as MessageShape<O> | undefined;
  if (data) kept.current = data;
  return {
    data: data ?? kept.current,
    failure: entry?.failure.value,
    busy: entry?.busy.value ?? false,
    isCurrent: data !== undefined,
    at: entry?.at ?? 0,
    reload: () => void entry?.load(),
  };
}

// What a change of a noun may have changed on the screen: the services whose answers are asked for anew.
const TOUCHED: Record<string, readonly string[]> = {
  run: ["SyncRunService", "ItemService", "PersonService", "ModuleService", "OverviewService", "RecordService", "SettingsService"],
  settings: ["SettingsService", "BrandingService", "OverviewService", "MetadataService"],
  module: ["ModuleService", "OverviewService", "SettingsService", "MetadataService"],
  mapping: ["MappingService", "OverviewService", "SettingsService"],
  key: ["AccessService", "OverviewService", "AuditService"],
  session: ["AccessService", "AuditService"],
  tenant: ["TenantService", "OverviewService"],
  connection: ["SettingsService", "OverviewService"],
  view: ["SavedViewService"],
};

let waiting: Set<string> | undefined;

/** Says that a noun has changed: `run`, `settings`, `module`, `mapping`, `key`, `session`, `tenant`, `connection`. */
export function changed(noun: string): void {
  const services = [...(TOUCHED[noun] ?? []), "AuditService"];
  if (!waiting) {
    waiting = new Set();
    // Events come in bursts; one question answers them all.
    setTimeout(() => {
      const due = waiting;
      waiting = undefined;
      if (due) refresh((entry) => due.has(entry.service));
    }, 300);
  }
  for (const service of services) waiting.add(service);
}

/** Asks for everything anew: after a gap in the stream of events, and in a new session. */
export function changedAll(): void {
  refresh(() => true);
}

function refresh(wanted: (entry: Entry) => boolean): void {
  for (const entry of entries.values()) {
    if (!wanted(entry)) continue;
    entry.stale = true;
    if (entry.users > 0 && sessionState.peek() === "open") void entry.load();
  }
}

export interface Action<A extends unknown[]> {
  busy: boolean;
  failure: Failure | undefined;
  clear: () => void;
  /** Does it; true if it worked. A second press while it runs does nothing. */
  run: (...args: A) => Promise<boolean>;
}

/** Something that a person does: busy while it runs, with its failure until the next try. */
export function useAction<A extends unknown[]>(act: (...args: A) => Promise<unknown>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const running = useRef(false);
  return useMemo(
    () => ({
      busy,
      failure,
      clear: () => setFailure(undefined),
      async run(...args: A) {
        if (running.current) return false;
        running.current = true;
        setBusy(true);
        setFailure(undefined);
        try {
          await act(...args);
          return true;
        } catch (error) {
          setFailure(Failure.of(error));
          return false;
        } finally {
          running.current = false;
          setBusy(false);
        }
      },
    }),
    [busy, failure, act],
  );
}
