// The session of the page: one bearer in a variable of this module, never in a store, a cookie or an address. It comes from
// a one-time code in the fragment, or from a parent page that the server lists. A secret never gets here.
import { computed, signal } from "@preact/signals";
import type { Session } from "../gen/sigma/v1/session_pb";
import { now } from "../text/time";
import { toDate } from "../text/format";

export type SessionState = "none" | "claiming" | "open" | "ended" | "refused";

let token: string | undefined;

export const session = signal<Session | undefined>(undefined);
export const sessionState = signal<SessionState>("none");

/** Seconds until the session ends; undefined without one. */
export const secondsLeft = computed(() => {
  const end = toDate(session.value?.expiresAt);
  return end && sessionState.value === "open" ? Math.max(0, (end.getTime() - now.value) / 1000) : undefined;
});

export function bearer(): string | undefined {
  return token;
}

export function openSession(opened: Session, bearer: string): void {
  token = bearer;
  session.value = opened;
  sessionState.value = "open";
}

/** The server says that the session is over, or its time has run out. Drafts and what is shown stay. */
export function noteEnded(): void {
  if (sessionState.peek() !== "open") return;
  token = undefined;
  sessionState.value = "ended";
}

/** Takes the code out of the address, and out of the history, before anything else can see it. */
export function takeCode(): string | undefined {
  const match = /^#code=([A-Za-z0-9_-]{8,200})(?:&to=([^&]*))?$/.exec(location.hash);
  if (!match) return undefined;
  const to = match[2] ? decodeURIComponent(match[2]) : "/overview";
  history.replaceState(null, "", `${location.pathname}${location.search}#${to.startsWith("/") ? to : "/overview"}`);
  return match[1];
}

type Renewal = () => Promise<{ session: Session; token: string } | undefined>;
let renewal: Renewal | undefined;

/** Names the way to a new bearer: a host page that can mint one. Without it a session ends at its time. */
export function renewBy(way: Renewal): void {
  renewal = way;
}

/** Asks the host for a new bearer; false where there is no host or it has none. */
export async function renew(): Promise<boolean> {
  const fresh = await renewal?.().catch(() => undefined);
  if (!fresh) return false;
  openSession(fresh.session, fresh.token);
  return true;
}

/** Renews at 80 % of the session's life and once more at 90 %, and ends it at its end. */
export function keepAlive(): void {
  let tried = 0;
  const step = async () => {
    const current = session.peek();
    const start = toDate(current?.createdAt)?.getTime();
    const end = toDate(current?.expiresAt)?.getTime();
    if (sessionState.peek() !== "open" || start === undefined || end === undefined) return;
    const used = (now.peek() - start) / (end - start);
    if (used >= 1) return noteEnded();
    const due = used >= 0.9 ? 2 : used >= 0.8 ? 1 : 0;
    if (due > tried) {
      tried = due;
      if (await renew()) tried = 0;
    }
  };
  now.subscribe(() => void step());
}
