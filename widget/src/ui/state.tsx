// What a screen shows when it cannot show its rows: it is loading, there is nothing, it failed, it is not for this role, or
// somebody else has changed the same thing.
import type { DescMethod } from "@bufbuild/protobuf";
import type { ComponentChildren } from "preact";
import { leastRole } from "../api/access";
import { codeOf, learnCodes, remedyOf, sentenceOfFailure } from "../api/codes";
import { commandOf } from "../api/command";
import type { Failure } from "../api/failure";
import type { Query } from "../api/query";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { roleName } from "../text/words";
import { Button, ButtonLink, Card, Copy, Id, Note } from "./basic";
import { Icon, type IconName } from "./icon";

/** Grey lines, shown only if the answer takes longer than 200 ms. */
export function Waiting({ lines = 5 }: { lines?: number }) {
  return (
    <div class="bones" role="status" aria-label={m.loading()}>
      {Array.from({ length: lines }, (_, place) => (
        <span key={place} />
      ))}
    </div>
  );
}

/** Nothing to show: one sentence and at most one thing to do. */
export function Empty({ icon = "info", title, children, action }: { icon?: IconName; title: string; children?: ComponentChildren; action?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

const MENDED_AT: Readonly<Record<string, string>> = {
  connections: "/connections",
  mappings: "/mappings",
  modules: "/modules",
  runs: "/runs",
  people: "/people",
  keys: "/keys",
};

/** What failed, why, what to do, and what support needs. */
export function Problem({ failure, retry, inline }: { failure: Failure; retry?: (() => void) | undefined; inline?: boolean }) {
  learnCodes();
  if (failure.kind === "forbidden" && failure.method && !inline) return <Forbidden method={failure.method} />;
  const sentence = failure.kind === "offline" ? m.offline_sentence() : failure.kind === "foreign" ? m.foreign_sentence() : sentenceOfFailure(failure);
  const remedy = failure.kind === "offline" ? m.offline_remedy() : failure.kind === "foreign" ? m.foreign_remedy() : remedyOf(failure.code, failure.params, failure.message);
  const place = MENDED_AT[(codeOf(failure.code) as { screen?: string } | undefined)?.screen ?? ""];
  return (
    <div role="alert">
      <Note tone="bad" icon={failure.kind === "offline" ? "cloud" : "bad"} title={sentence}>
        {remedy && <p>{remedy}</p>}
        {failure.fields.length > 0 && (
          <ul class="small">
            {failure.fields.map(({ field, message }) => (
              <li key={field}>
                <Id>{field}</Id> {message}
              </li>
            ))}
          </ul>
        )}
        {failure.retryAfterS !== undefined && <p class="small">{m.try_again_in_s({ count: failure.retryAfterS, n: num(failure.retryAfterS) })}</p>}
        <div class="row tight">
          {retry && (
            <Button small icon="retry" onClick={retry}>
              {m.retry()}
            </Button>
          )}
          {place && (
            <ButtonLink small href={`#${place}`} icon="arrow">
              {m.mend_there()}
            </ButtonLink>
          )}
          {failure.method && (
            <Copy text={commandOf(failure.method, failure.input)} label={m.copy_as_command()}>
              {m.copy_as_command()}
            </Copy>
          )}
        </div>
        {(failure.code || failure.requestId) && (
          <p class="small soft">
            {failure.code && <Id>{failure.code}</Id>}
            {failure.requestId && (
              <>
                {" · "}
                {m.request_id()} <Id>{failure.requestId}</Id>
              </>
            )}
          </p>
        )}
      </Note>
    </div>
  );
}

/** Not for this role: names the one that is needed. */
export function Forbidden({ method }: { method: DescMethod }) {
  return (
    <Card>
      <Empty icon="lock" title={m.forbidden_title()}>
        {m.forbidden_needs({ role: roleName(leastRole(method)) })}
      </Empty>
    </Card>
  );
}

/** Somebody else has saved meanwhile: both versions, side by side, and the choice. */
export function Conflict({ mine, theirs, keepMine, takeTheirs }: { mine: ComponentChildren; theirs: ComponentChildren; keepMine: () => void; takeTheirs: () => void }) {
  return (
    <div class="stack" role="alert">
      <Note tone="warn" icon="warn" title={m.conflict_title()}>
        <p>{m.conflict_sentence()}</p>
      </Note>
      <div class="grid">
        <Card title={m.conflict_mine()} aside={<Button onClick={keepMine}>{m.conflict_keep_mine()}</Button>}>
          {mine}
        </Card>
        <Card title={m.conflict_theirs()} aside={<Button onClick={takeTheirs}>{m.conflict_take_theirs()}</Button>}>
          {theirs}
        </Card>
      </div>
    </div>
  );
}

/** The answer of a call, or what stands in its place. Old rows stay, dimmed, while others load or where loading failed. */
export function Loaded<T>({ query, lines, children }: { query: Query<T>; lines?: number; children: (data: T) => ComponentChildren }) {
  const { data, failure, reload, isCurrent } = query;
  if (!data) return failure ? <Problem failure={failure} retry={reload} /> : <Waiting lines={lines ?? 5} />;
  return (
    <>
      {failure && failure.kind !== "session" && <Problem failure={failure} retry={reload} />}
      <div class={isCurrent ? undefined : "stale"} aria-busy={isCurrent ? undefined : "true"}>
        {children(data)}
      </div>
    </>
  );
}
