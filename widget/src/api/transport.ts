// The way to the server: gRPC-Web, with the session's bearer on every call that needs one; inside Zoho, where the server may
// not be reached directly, another one that was chosen once. All calls of the page go through `call` and `watch`; both fail
// with a `Failure` and with nothing else.
import type { DescMessage, DescMethodServerStreaming, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { language } from "../text/prefs";
import { Failure } from "./failure";
import { bearer, noteEnded } from "./session";

/** The address of the API: named by the page where it is served from elsewhere, otherwise the folder above the page. */
export function apiBase(): string {
  const named = document.querySelector<HTMLMetaElement>('meta[name="sigma-server"]')?.content;
  if (named && /^https?:\/\//.test(named)) return named.replace(/\/+$/, "");
  const page = location.pathname.replace(/\/index\.html$|\/widget\.html$/, "/");
  const folder = page.endsWith("/widget") ? page.slice(0, -"/widget".length) : page.replace(/\/widget\/$/, "");
  return location.origin + folder.replace(/\/+$/, "");
}

const identify: Interceptor = (next) => (request) => {
  const token = bearer();
  if (token) request.header.set("authorization", `Bearer ${token}`);
  request.header.set("accept-language", language.peek());
  return next(request);
};

const transport = createGrpcWebTransport({ baseUrl: apiBase(), interceptors: [identify] });

const TIMEOUT_MS = 30_000;

/** A way to call the server. */
export interface Way {
  name: string;
  call: <I extends DescMessage, O extends DescMessage>(method: DescMethodUnary<I, O>, input: MessageInitShape<I>, signal: AbortSignal | undefined) => Promise<MessageShape<O>>;
  watch: <I extends DescMessage, O extends DescMessage>(method: DescMethodServerStreaming<I, O>, input: MessageInitShape<I>, signal: AbortSignal) => AsyncIterable<MessageShape<O>>;
}

export const grpcWeb: Way = {
  name: "grpc-web",
  async call(method, input, signal) {
    return (await transport.unary(method, signal, TIMEOUT_MS, undefined, input)).message;
  },
  async *watch(method, input, signal) {
    async function* once() {
      yield input;
    }
    const answer = await transport.stream(method, signal, undefined, undefined, once());
    yield* answer.message;
  },
};

let way = grpcWeb;

/** The name of the way that the page uses. */
export function wayName(): string {
  return way.name;
}

/** Takes another way for all calls from now on. */
export function takeWay(next: Way): void {
  way = next;
}

function fail(error: unknown, method: DescMethodUnary | DescMethodServerStreaming, input: unknown): Failure {
  const failure = Failure.of(error, method, input);
  if (failure.kind === "session") noteEnded();
  return failure;
}

/** Calls a method and returns its answer. */
export async function call<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
  signal?: AbortSignal,
): Promise<MessageShape<O>> {
  try {
    return await way.call(method, input, signal);
  } catch (error) {
    throw fail(error, method, input);
  }
}

/** Calls a method whose answer is a stream and gives its messages one by one. */
export async function* watch<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  input: MessageInitShape<I>,
  signal: AbortSignal,
): AsyncGenerator<MessageShape<O>> {
  try {
    yield* way.watch(method, input, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw fail(error, method, input);
  }
}
