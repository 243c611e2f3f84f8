// The page inside Zoho CRM: its script, which is loaded only here; the person and the record that the CRM names; a session
// from the function `sigma_session`; and the way to the server, chosen once.
import { claimFailure } from "../api/server";
import { Failure } from "../api/failure";
import { openSession, renewBy, sessionState } from "../api/session";
import { type Way, apiBase, call, grpcWeb, takeWay } from "../api/transport";
import { go } from "../app/address";
import { MetadataService } from "../gen/sigma/v1/metadata_pb";
import { ModuleService } from "../gen/sigma/v1/module_pb";
import { type CreateSessionResponse, CreateSessionResponseSchema } from "../gen/sigma/v1/session_pb";
import { language, wasHere } from "../text/prefs";
import { read } from "./json";
import { type Answer, type Send, restWay } from "./rest";
import { isInZoho } from "./state";

const SDK = "https://live.zwidgets.com/js-sdk/1.5/ZohoEmbededAppSDK.min.js";
const PATIENCE_MS = 3000;
const FUNCTION_MS = 20_000;

interface PageLoad {
  Entity?: unknown;
  /** A text in a related list, a list for a button. */
  EntityId?: unknown;
}

interface Execution {
  code?: unknown;
  message?: unknown;
  details?: { output?: unknown };
}

interface HttpRequest {
  url: string;
  headers: Record<string, string>;
  body?: string;
}

interface Sdk {
  embeddedApp: { on: (event: "PageLoad", hear: (data: PageLoad) => void) => void; init: () => unknown };
  CRM: {
    CONFIG: { getCurrentUser: () => Promise<unknown> };
    FUNCTIONS: { execute: (name: string, input: { arguments: string }) => Promise<Execution> };
    HTTP: Record<"get" | "post" | "put", (request: HttpRequest) => Promise<unknown>>;
  };
}

declare global {
  interface Window {
    ZOHO?: Sdk;
  }
}

function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Failure("offline", "", "")), ms);
    promise.then(done, failed).finally(() => clearTimeout(timer));
  });
}

function loadSdk(): Promise<Sdk> {
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = SDK;
    script.onload = () => (window.ZOHO ? done(window.ZOHO) : failed(new Error("no ZOHO")));
    script.onerror = () => failed(new Error("not loaded"));
    document.head.append(script);
  });
}

/** Listens first and says that it is there afterwards: the other way round the event may be over. */
function pageLoad(sdk: Sdk): Promise<PageLoad> {
  return new Promise((done) => {
    sdk.embeddedApp.on("PageLoad", (data) => done(data ?? {}));
    void sdk.embeddedApp.init();
  });
}

/** The ids of PageLoad, whichever of its shapes they have. */
export function idsOf(given: unknown): string[] {
  const ids = Array.isArray(given) ? given : [given];
  return ids.filter((id): id is string | number => typeof id === "string" || typeof id === "number").map(String).filter((id) => /^[0-9A-Za-z_-]{1,100}$/.test(id));
}

/** The person, from `{users: [person]}` or from the person alone. */
export function userOf(answer: unknown): Record<string, unknown> {
  const whole = (answer ?? {}) as { users?: unknown };
  const user = Array.isArray(whole.users) ? (whole.users[0] as unknown) : whole;
  return (typeof user === "object" && user !== null ? user : {}) as Record<string, unknown>;
}

/** What a function of the CRM returned: its own text, decoded exactly once. */
function outputOf(execution: Execution): unknown {
  const output = execution.details?.output;
  if (execution.code !== "success" || output === undefined) throw new Failure("other", "", typeof execution.message === "string" ? execution.message : "");
  if (typeof output !== "string") return output;
  try {
    return JSON.parse(output) as unknown;
  } catch {
    throw new Failure("foreign", "", "");
  }
}

const members = (value: unknown) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});

function mint(sdk: Sdk): () => Promise<CreateSessionResponse> {
  return async () => {
    const output = members(outputOf(await within(FUNCTION_MS, sdk.CRM.FUNCTIONS.execute("sigma_session", { arguments: JSON.stringify({}) }))));
    if (typeof output.detail === "string") throw new Failure("session", "", output.detail);
    const opened = read(CreateSessionResponseSchema, output);
    if (!/^et_[A-Za-z0-9]{43}$/.test(opened.token) || !opened.session?.expiresAt) throw new Failure("foreign", "", "");
    return opened;
  };
}

/** Through the server of Zoho: no stream, no CORS, and no status either where the answer is only its text. */
function byHttp(sdk: Sdk): Send {
  return async ({ method, path, headers, body }) => {
    const send = sdk.CRM.HTTP[method.toLowerCase() as "get" | "post" | "put"];
    const answer = await send({ url: apiBase() + path, headers, ...(body === undefined ? {} : { body }) });
    if (typeof answer === "string") return { status: undefined, text: answer };
    const { status, body: text, headers: told } = members(answer);
    if (typeof status === "number" && typeof text === "string") return { status, text, headers: lower(told) };
    return { status: undefined, text: JSON.stringify(answer) };
  };
}

const lower = (headers: unknown) => Object.fromEntries(Object.entries(members(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]));

/** Through the function `sigma_relay`, which passes on the status of the server: a refusal is never taken for a success. */
function byRelay(sdk: Sdk): Send {
  return async ({ method, path, headers, body }): Promise<Answer> => {
    const request = { method, path, body: body ?? "", authorization: headers.Authorization ?? "", language: headers["Accept-Language"] ?? "" };
    const output = members(outputOf(await sdk.CRM.FUNCTIONS.execute("sigma_relay", { arguments: JSON.stringify(request) })));
    const status = Number(output.status);
    if (!Number.isInteger(status) || status < 100 || typeof output.body !== "string") throw new Failure("foreign", "", "");
    return { status, text: output.body, headers: lower(output.headers) };
  };
}

/** The first way on which the server says within three seconds what it is. */
async function choose(ways: readonly Way[]): Promise<void> {
  let last: unknown;
  for (const way of ways) {
    try {
      const info = await within(PATIENCE_MS, way.call(MetadataService.method.getServerInfo, {}, AbortSignal.timeout(PATIENCE_MS)));
      if (info.name !== "sigma-sync") throw new Failure("foreign", "", "");
      takeWay(way);
      return;
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

/** Opens what the CRM shows the page beside: the record, or the whole application. */
async function openPlace({ Entity, EntityId }: PageLoad): Promise<void> {
  const ids = idsOf(EntityId);
  if (typeof Entity !== "string" || ids.length === 0) return;
  const { modules } = await call(ModuleService.method.listModules, {});
  const module = modules.find((module) => module.zohoModule === Entity)?.moduleName;
  if (module) go(`/record/${module}/${encodeURIComponent(ids.join(","))}`);
}

/** Starts the page inside the CRM; false if what frames it does not speak as the CRM does. */
export async function startInZoho(): Promise<boolean> {
  let sdk: Sdk;
  let place: PageLoad;
  try {
    [sdk, place] = await within(
      PATIENCE_MS,
      loadSdk().then(async (sdk): Promise<[Sdk, PageLoad]> => [sdk, await pageLoad(sdk)]),
    );
  } catch {
    return false;
  }
  isInZoho.value = true;
  const user = sdk.CRM.CONFIG.getCurrentUser().then(userOf, () => ({}) as Record<string, unknown>);
  try {
    await choose([grpcWeb, restWay("zoho-http", byHttp(sdk)), restWay("relay", byRelay(sdk))]);
    const opening = mint(sdk);
    const { session, token } = await opening();
    const { locale, language: spoken } = await user;
    if (!wasHere) language.value = /^ar/i.test(String(locale ?? spoken ?? "")) ? "ar" : "en";
    renewBy(async () => {
      const next = await opening();
      return next.session && { session: next.session, token: next.token };
    });
    if (session) openSession(session, token);
    await openPlace(place).catch(() => undefined);
  } catch (error) {
    claimFailure.value = Failure.of(error);
    sessionState.value = "refused";
  }
  return true;
}
