// What can go wrong with a call, in the one form that screens show: a kind that decides what is drawn, the stable code of
// the server, its sentence, and what support needs to find it.
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, LocalizedMessageSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import { InvalidFieldsSchema } from "../gen/sigma/v1/common_pb";

export type FailureKind = "offline" | "session" | "forbidden" | "missing" | "invalid" | "conflict" | "busy" | "foreign" | "other";

export interface FieldFault {
  field: string;
  message: string;
}

export class Failure extends Error {
  override readonly name = "Failure";
  constructor(
    readonly kind: FailureKind,
    /** The stable word of the server; "" where the call never reached it. */
    readonly code: string,
    /** The server's sentence. */
    message: string,
    readonly params: Readonly<Record<string, string>> = {},
    readonly requestId = "",
    readonly fields: readonly FieldFault[] = [],
    readonly retryAfterS: number | undefined = undefined,
    /** The server's sentence in the language asked for, with that language. */
    readonly localized: { locale: string; message: string } | undefined = undefined,
    readonly method: DescMethod | undefined = undefined,
    readonly input: unknown = undefined,
  ) {
    super(message);
  }

  static of(error: unknown, method?: DescMethod, input?: unknown): Failure {
    if (error instanceof Failure) return error;
    const problem = ConnectError.from(error);
    const info = problem.findDetails(ErrorInfoSchema)[0];
    const localized = problem.findDetails(LocalizedMessageSchema)[0];
    const faults = problem.findDetails(InvalidFieldsSchema).flatMap((list) => list.faults);
    const violations = problem.findDetails(BadRequestSchema).flatMap((list) => list.fieldViolations);
    const fields = faults.length
      ? faults.map(({ field, message }) => ({ field, message }))
      : violations.map(({ field, description }) => ({ field, message: description }));
    const delay = problem.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds;
    const header = Number(problem.metadata.get("retry-after"));
    const reason = info?.reason ?? "";
    return new Failure(
      kindOf(problem, reason),
      reason,
      problem.rawMessage,
      info?.metadata ?? {},
      problem.metadata.get("x-request-id") ?? "",
      fields,
      delay !== undefined ? Number(delay) : header > 0 ? header : undefined,
      localized && { locale: localized.locale, message: localized.message },
      method,
      input,
    );
  }
}

const CONFLICTS = /_(CONFLICT|CHANGED|EXISTS)$|^VERSION_/;

// Without a reason of the server, the answer came from something between: a network that is down, or a gateway that
// answers with a page of its own.
function kindOf(problem: ConnectError, reason: string): FailureKind {
  const silent = [Code.Unauthenticated, Code.PermissionDenied, Code.Unavailable, Code.DeadlineExceeded, Code.Canceled];
  if (!reason && problem.details.length === 0 && !silent.includes(problem.code)) {
    return problem.cause instanceof TypeError || /fetch|network/i.test(problem.rawMessage) ? "offline" : "foreign";
  }
  switch (problem.code) {
    case Code.Unauthenticated:
      return "session";
    case Code.PermissionDenied:
      return "forbidden";
    // A server that is older than the page does not know the method.
    case Code.Unimplemented:
      return "missing";
    case Code.NotFound:
      return "missing";
    case Code.InvalidArgument:
      return "invalid";
    case Code.Aborted:
      return "conflict";
    case Code.FailedPrecondition:
      return CONFLICTS.test(reason) ? "conflict" : "other";
    case Code.ResourceExhausted:
      return "busy";
    case Code.Unavailable:
    case Code.DeadlineExceeded:
      return reason ? "other" : "offline";
    default:
      return "other";
  }
}
