// What the page asks before it is signed in: what server it talks to, and the bearer for a code. The only file that knows
// how these two are answered.
import { signal } from "@preact/signals";
import { AccessService } from "../gen/sigma/v1/access_pb";
import { type GetServerInfoResponse, MetadataService } from "../gen/sigma/v1/metadata_pb";
import type { ClaimSessionResponse, Session } from "../gen/sigma/v1/session_pb";
import { toDate } from "../text/format";
import { learnServerTime } from "../text/time";
import { Failure } from "./failure";
import { openSession, renewBy, session, sessionState, takeCode } from "./session";
import { call } from "./transport";

export const server = signal<GetServerInfoResponse | undefined>(undefined);
/** Why the server could not be asked what it is. */
export const serverFailure = signal<Failure | undefined>(undefined);
/** True once the server is of another version than when the page was loaded: its files and its answers may differ. */
export const isOutdated = signal(false);
export const claimFailure = signal<Failure | undefined>(undefined);

/** Asks what server this is. */
export async function learnServer(): Promise<void> {
  try {
    const info = await call(MetadataService.method.getServerInfo, {});
    const before = server.peek();
    if (info.apiVersion !== "v1" || (before && before.version !== info.version)) isOutdated.value = true;
    server.value = info;
    serverFailure.value = undefined;
    const time = toDate(info.serverTime);
    if (time) learnServerTime(time);
  } catch (error) {
    serverFailure.value = Failure.of(error);
  }
}

/** Opens the session of a code. */
export async function claim(code: string): Promise<void> {
  sessionState.value = "claiming";
  claimFailure.value = undefined;
  try {
    const opened: ClaimSessionResponse = await call(AccessService.method.claimSession, { code });
    if (opened.session) openSession(opened.session, opened.token);
  } catch (error) {
    claimFailure.value = Failure.of(error);
    sessionState.value = "refused";
  }
}

/** Takes the session of the address if it has a code; otherwise waits for a parent page, if there is one. */
export async function startSession(): Promise<void> {
  const code = takeCode();
  if (!code && isFramedByZoho()) {
    sessionState.value = "claiming";
    const { startInZoho } = await import("../zoho/host");
    if (await startInZoho()) return learnServer();
    sessionState.value = "none";
  }
  // The session first: everything that is shown waits for it.
  const claimed = code ? claim(code) : undefined;
  const told = learnServer();
  await claimed;
  await told;
  if (window.parent !== window) listenToParent(server.peek()?.parentOrigins ?? []);
}

/** A code that was pasted into the address of an open page. */
export function watchForCodes(): void {
  addEventListener("hashchange", () => {
    const code = takeCode();
    if (code) void claim(code);
  });
}

interface Posted {
  type?: unknown;
  token?: unknown;
  session?: { role?: unknown; tenantId?: unknown; actor?: unknown; expiresAt?: unknown; modules?: unknown };
}

// A bearer is taken from the parent alone, and only if the server lists its exact origin; any other page that frames this
// one and posts something is not answered at all.
function listenToParent(origins: readonly string[]): void {
  const waiting: ((token: Posted) => void)[] = [];
  addEventListener("message", (event: MessageEvent<Posted>) => {
    if (event.source !== window.parent || !origins.includes(event.origin)) return;
    if (event.data?.type !== "sigma-session" || typeof event.data.token !== "string") return;
    const opened = sessionOf(event.data);
    if (opened) openSession(opened.session, opened.token);
    for (const done of waiting.splice(0)) done(event.data);
  });
  for (const origin of origins) window.parent.postMessage({ type: "sigma-session-wanted" }, origin);
  renewBy(
    () =>
      new Promise((done) => {
        waiting.push((posted) => done(sessionOf(posted)));
        setTimeout(() => done(undefined), 10_000);
        for (const origin of origins) window.parent.postMessage({ type: "sigma-session-wanted" }, origin);
      }),
  );
}

function sessionOf(posted: Posted): { session: Session; token: string } | undefined {
  const { token, session: given } = posted;
  if (typeof token !== "string" || !/^et_[A-Za-z0-9]{43}$/.test(token)) return undefined;
  const end = typeof given?.expiresAt === "string" ? Date.parse(given.expiresAt) : Number.NaN;
  if (Number.isNaN(end)) return undefined;
  const seconds = (ms: number) => ({ $typeName: "google.protobuf.Timestamp" as const, seconds: BigInt(Math.floor(ms / 1000)), nanos: 0 });
  return {
    token,
    session: {
      $typeName: "sigma.v1.Session",
      sessionId: "",
      tenantId: String(given?.tenantId ?? ""),
      keyId: "",
      role: String(given?.role ?? "viewer"),
      actor: String(given?.actor ?? ""),
      modules: Array.isArray(given?.modules) ? given.modules.map(String) : [],
      isPending: false,
      createdAt: seconds(Date.now()),
      expiresAt: seconds(end),
    },
  };
}

/** Framed by Zoho CRM, as its widgets are: only then is its script loaded. */
function isFramedByZoho(): boolean {
  const query = new URLSearchParams(location.search);
  return window.parent !== window && (query.get("zoho") === "1" || query.has("serviceOrigin"));
}

export { session };
