// What a person has typed and not saved. It outlives a session that ends, a lost network and a reload: kept in memory and,
// without secrets, in the store of the tab. Another tab has drafts of its own.
import { type Signal, signal } from "@preact/signals";

const PREFIX = "sigma-sync:draft:";
const drafts = new Map<string, Signal<unknown>>();

function stored(name: string): unknown {
  try {
    const text = sessionStorage.getItem(PREFIX + name);
    return text === null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function store(name: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // A full or refused store: the draft is in memory all the same.
  }
}

export interface Draft<T> {
  /** What was typed; undefined if nothing differs from what is saved. */
  value: T | undefined;
  set: (value: T) => void;
  discard: () => void;
}

/**
 * The draft of this name, such as `mapping:students`. `secrets` names members that stay in memory and are never stored.
 * Reading `value` in a component keeps it up to date.
 */
export function useDraft<T extends object>(name: string, secrets: readonly (keyof T)[] = []): Draft<T> {
  let kept = drafts.get(name) as Signal<T | undefined> | undefined;
  if (!kept) {
    kept = signal(stored(name) as T | undefined);
    drafts.set(name, kept as Signal<unknown>);
  }
  const draft = kept;
  return {
    value: draft.value,
    set(value) {
      draft.value = value;
      const open = Object.fromEntries(Object.entries(value).filter(([member]) => !secrets.includes(member as keyof T)));
      store(name, open);
    },
    discard() {
      draft.value = undefined;
      store(name, undefined);
    },
  };
}

/** The names of drafts that wait: the page warns before it is left. */
export function hasDrafts(): boolean {
  return [...drafts.values()].some((draft) => draft.peek() !== undefined);
}

/** Whether an edit of this name waits. */
export function hasDraft(name: string): boolean {
  return (drafts.get(name)?.value ?? stored(name)) !== undefined;
}
