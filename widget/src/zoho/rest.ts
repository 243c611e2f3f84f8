// The API by REST, for pages that reach the server only through somebody else: each method by the path that its annotation
// has. There are no streams; what they would tell is asked for again and again.
import { type DescMethod, create, getOption, hasOption, isFieldSet } from "@bufbuild/protobuf";
import { Failure, type FailureKind } from "../api/failure";
import { bearer } from "../api/session";
import type { Way } from "../api/transport";
import { http } from "../gen/google/api/annotations_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { language } from "../text/prefs";
import { read, readField, write, writeField } from "./json";

export interface Request {
  method: "GET" | "POST" | "PUT";
  /** With its query. */
  path: string;
  headers: Record<string, string>;
  /** JSON; absent for a request without a body. */
  body?: string;
}

export interface Answer {
  /** Undefined where the way does not tell it. */
  status: number | undefined;
  text: string;
  headers?: Readonly<Record<string, string>>;
}

export type Send = (request: Request, signal: AbortSignal | undefined) => Promise<Answer>;

const EVENTS_MS = 5000;

/** A call as a request of REST. */
export function requestOf(method: DescMethod, input: unknown): Omit<Request, "headers"> | undefined {
  const rule = hasOption(method, http) ? getOption(method, http) : undefined;
  const { case: verb, value: template } = rule?.pattern ?? {};
  if (!rule || typeof template !== "string" || (verb !== "get" && verb !== "post" && verb !== "put")) return undefined;
  const message = create(method.input, (input ?? {}) as never);
  const json: Record<string, unknown> = write(method.input, message);
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(json[name] ?? "");
    delete json[name];
    return encodeURIComponent(value);
  });
  const word = verb.toUpperCase() as Request["method"];
  if (rule.body === "*") return { method: word, path, body: JSON.stringify(json) };
  if (rule.body) {
    const field = method.input.fields.find((field) => field.name === rule.body);
    return { method: word, path, body: JSON.stringify(field ? writeField(field, (message as never)[field.localName]) : {}) };
  }
  const query = new URLSearchParams();
  for (const field of method.input.fields) {
    const value = json[field.name];
    if (value === undefined || value === "" || !isFieldSet(message, field)) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(field.name, String(one));
  }
  const text = query.toString();
  return { method: word, path: text ? `${path}?${text}` : path };
}

function kindOf(status: number, code: string): FailureKind {
  if (status === 401) return "session";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 409 || /_(CONFLICT|CHANGED|EXISTS)$|^VERSION_/.test(code)) return "conflict";
  if (status === 422) return "invalid";
  if (status === 429) return "busy";
  return status === 501 ? "missing" : "other";
}

interface Entry {
  loc?: unknown[];
  msg?: unknown;
}

function refusal(answer: Answer, detail: unknown, method: DescMethod, input: unknown): Failure {
  const code = answer.headers?.["x-sigma-error"] ?? "";
  const entries = Array.isArray(detail) ? (detail as Entry[]) : [];
  const fields = entries.map(({ loc, msg }) => ({ field: (loc ?? []).slice(1).join("."), message: String(msg ?? "") }));
  const status = answer.status ?? (fields.length > 0 ? 422 : 400);
  const retry = Number(answer.headers?.["retry-after"]);
  const sentence = typeof detail === "string" ? detail : (fields[0]?.message ?? "");
  return new Failure(kindOf(status, code), code, sentence, {}, answer.headers?.["x-request-id"] ?? "", fields, retry > 0 ? retry : undefined, undefined, method, input);
}

// An answer that is not JSON comes from something in between, whatever its status says.
function understood(answer: Answer, method: DescMethod, input: unknown): unknown {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    throw new Failure("foreign", "", "", {}, "", [], undefined, undefined, method, input);
  }
  const members = typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
  const isRefusal = "detail" in members && Object.keys(members).length === 1;
  if ((answer.status !== undefined && answer.status >= 400) || (answer.status === undefined && isRefusal)) throw refusal(answer, members.detail, method, input);
  return json;
}

const wait = (ms: number, signal: AbortSignal) =>
  new Promise<void>((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      done();
    });
  });

export function restWay(name: string, send: Send): Way {
  const way: Way = {
    name,
    async call(method, input, signal) {
      const request = requestOf(method, input);
      if (!request) throw new Failure("other", "", `${method.name} has no form by REST`);
      const token = bearer();
      const headers: Record<string, string> = { "Accept-Language": language.peek(), Accept: "application/json" };
      if (request.body !== undefined) headers["Content-Type"] = "application/json";
      if (token) headers.Authorization = `Bearer ${token}`;
      const json = understood(await send({ ...request, headers }, signal), method, input);
      const inner = getOption(method, http).responseBody;
      const field = inner ? method.output.fields.find((field) => field.name === inner) : undefined;
      if (!field) return read(method.output, json);
      return create(method.output, { [field.localName]: readField(field, json) } as never);
    },
    async *watch(method, input, signal) {
      if (method.name === SyncRunService.method.watchEvents.name) {
        // Not what has happened, only that something may have.
        for (let sequence = 1n; !signal.aborted; sequence += 1n) {
          yield create(method.output, { sequence, event: { kind: "run.asked" } } as never);
          await wait(EVENTS_MS, signal);
        }
        return;
      }
      throw new Failure("other", "", `${method.name} is a stream, which this way to the server does not have`, {}, "", [], undefined, undefined, method, input);
    },
  };
  return way;
}
