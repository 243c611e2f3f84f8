// One key: what it may do and until when, its secrets, and the commands that change or end it.
import { AccessService, type Key } from "../../gen/sigma/v1/access_pb";
import { commandOf } from "../../api/command";
import { commandLine } from "../../api/shell";
import { m } from "../../paraglide/messages.js";
import { dayAndClock, iso, list, num } from "../../text/format";
import { now } from "../../text/time";
import { roleName } from "../../text/words";
import { Button, Id, Name, Note, Pill, When } from "../../ui/basic";
import { Code } from "../../ui/code";
import { Sheet } from "../../ui/sheet";
import { isLast, keyName, keyState } from "./state";
import { UseKey } from "./use";

function Secrets({ item }: { item: Key }) {
  return (
    <ul class="stack tight">
      {item.secrets.map((secret) => (
        <li key={secret.secretId} class="row tight">
          <Pill tone={secret.retiresAt ? "warn" : "good"} icon={secret.retiresAt ? "wait" : "keys"}>
            {m.key_secret({ n: num(secret.secretId) })}
          </Pill>
          <span class="small">{secret.retiresAt ? m.key_secret_until({ time: dayAndClock(secret.retiresAt) }) : m.key_secret_current()}</span>
          <span class="soft small">
            {m.keys_last_used()} <When at={secret.lastUsedAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Limits({ item }: { item: Key }) {
  const { requestsPerS, runStartsPerMin, sessionMintsPerS } = item.limits ?? {};
  const shown = (value: number | undefined) => (value === undefined ? m.limit_default() : value === 0 ? m.limit_none() : num(value));
  return (
    <>
      <dt>{m.limit_requests()}</dt>
      <dd>{shown(requestsPerS)}</dd>
      <dt>{m.limit_starts()}</dt>
      <dd>{shown(runStartsPerMin)}</dd>
      <dt>{m.limit_sessions()}</dt>
      <dd>{shown(sessionMintsPerS)}</dd>
    </>
  );
}

export function KeySheet({ item, keys, onClose }: { item: Key; keys: readonly Key[]; onClose: () => void }) {
  const { text, tone, icon } = keyState(item, now.value);
  return (
    <Sheet title={keyName(item)} onClose={onClose} wide>
      <p class="row tight">
        <Pill tone={tone} icon={icon}>
          {text}
        </Pill>
        <Id copy>{item.keyId}</Id>
      </p>
      <dl class="pairs">
        <dt>{m.keys_roles()}</dt>
        <dd>
          {list(item.roles.map(roleName))}
          {item.onlyMint && <span class="soft"> · {m.key_only_mint()}</span>}
        </dd>
        <dt>{m.key_made()}</dt>
        <dd>
          {dayAndClock(item.createdAt)}
          {item.createdBy && (
            <span class="soft">
              {" "}
              · <Name>{item.createdBy}</Name>
            </span>
          )}
        </dd>
        <dt>{m.keys_last_used()}</dt>
        <dd>
          <When at={item.lastUsedAt} />
        </dd>
        <dt>{m.keys_ends()}</dt>
        <dd>{item.expiresAt ? dayAndClock(item.expiresAt) : m.keys_no_end()}</dd>
        <dt>{m.key_networks()}</dt>
        <dd>{item.allowCidrs.length > 0 ? <Id>{item.allowCidrs.join(", ")}</Id> : m.key_networks_all()}</dd>
        <dt>{m.key_scheme()}</dt>
        <dd>
          <Id>{item.minScheme}</Id>
          {item.v1Reason && (
            <span class="soft">
              {" "}
              · <Name>{item.v1Reason}</Name>
            </span>
          )}
        </dd>
        <Limits item={item} />
      </dl>
      <h3>{m.key_secrets()}</h3>
      <Secrets item={item} />
      <h3>{m.key_rotate()}</h3>
      <p class="soft small">{item.secrets.length > 1 ? m.key_rotate_busy() : m.key_rotate_help()}</p>
      <Code text={commandLine(["keys", "rotate", item.keyId], { "overlap-s": item.secrets.length > 1 ? "0" : "86400" })} label={m.key_rotate()} />
      <h3>{m.key_end_sessions()}</h3>
      <Code text={commandOf(AccessService.method.revokeSessions, { keyId: item.keyId })} label={m.key_end_sessions()} />
      <h3>{m.key_revoke()}</h3>
      {isLast(item, keys, now.value) ? (
        <Note tone="warn" icon="lock" title={m.key_is_last()}>
          <p>{m.key_is_last_what()}</p>
        </Note>
      ) : (
        <>
          <p class="soft small">{m.key_revoke_help({ name: iso(keyName(item)) })}</p>
          <Code text={commandLine(["keys", "revoke", item.keyId])} label={m.key_revoke()} />
        </>
      )}
      <p>
        <a href={`#/audit?key=${encodeURIComponent(item.keyId)}`}>{m.key_audit()}</a>
      </p>
      {!item.onlyMint && (
        <>
          <h3>{m.make_use()}</h3>
          <UseKey keyId={item.keyId} tenant={item.tenantId} />
        </>
      )}
      <div class="ends">
        <Button onClick={onClose}>{m.close()}</Button>
      </div>
    </Sheet>
  );
}
