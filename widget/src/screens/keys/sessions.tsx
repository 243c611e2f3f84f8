// Sessions: this page's own, and who else reads the school's data now. The list of all is for whoever holds a key.
import { rolesFor } from "../../api/access";
import { commandOf } from "../../api/command";
import { useCall } from "../../api/query";
import { session } from "../../api/session";
import { commandLine } from "../../api/shell";
import { AccessService } from "../../gen/sigma/v1/access_pb";
import type { Session } from "../../gen/sigma/v1/session_pb";
import { TenantService } from "../../gen/sigma/v1/tenant_pb";
import { m } from "../../paraglide/messages.js";
import { list } from "../../text/format";
import { moduleName, roleName } from "../../text/words";
import { Card, Id, Name, Note, Pill, When } from "../../ui/basic";
import { Code } from "../../ui/code";
import { Loaded } from "../../ui/state";
import { Table } from "../../ui/table";

export function SupportSessions({ sessions }: { sessions: readonly Session[] }) {
  if (sessions.length === 0) return <p class="soft">{m.support_none()}</p>;
  return (
    <Table
      label={m.support_title()}
      rows={sessions}
      rowKey={(open) => open.sessionId}
      columns={[
        { name: m.session_person(), main: true, cell: (open) => <Name>{open.actor}</Name> },
        { name: m.support_reason(), cell: (open) => <Name>{open.reason ?? ""}</Name> },
        { name: m.session_began(), cell: (open) => <When at={open.createdAt} /> },
        { name: m.keys_ends(), cell: (open) => <When at={open.expiresAt} /> },
      ]}
    />
  );
}

function Own() {
  const own = session.value;
  if (!own) return null;
  return (
    <dl class="pairs">
      <dt>{m.session_person()}</dt>
      <dd>
        <Name>{own.actor}</Name>
      </dd>
      <dt>{m.keys_roles()}</dt>
      <dd>{roleName(own.role)}</dd>
      <dt>{m.keys_ends()}</dt>
      <dd>
        <When at={own.expiresAt} />
      </dd>
      {own.modules.length > 0 && (
        <>
          <dt>{m.session_modules()}</dt>
          <dd>{list(own.modules.map(moduleName))}</dd>
        </>
      )}
      {own.keyId && (
        <>
          <dt>{m.session_key()}</dt>
          <dd>
            <Id>{own.keyId}</Id>
          </dd>
        </>
      )}
    </dl>
  );
}

export function Sessions() {
  const tenantId = session.value?.tenantId ?? "";
  const query = useCall(TenantService.method.getTenant, { tenantId }, { skip: !tenantId });
  return (
    <>
      <Card title={m.session_own()} aside={<Pill tone="good" icon="good">{m.session_open()}</Pill>}>
        <Own />
      </Card>
      <Card title={m.support_title()}>
        <p class="soft">{m.support_help()}</p>
        <Loaded query={query} lines={2}>
          {({ tenant }) => <SupportSessions sessions={tenant?.supportSessions ?? []} />}
        </Loaded>
      </Card>
      <Card title={m.sessions_all()}>
        <Note tone="info" icon="lock" title={m.sessions_by_command()}>
          <p>{m.keys_by_command_who({ roles: list(rolesFor(AccessService.method.listSessions).map(roleName), "disjunction") })}</p>
        </Note>
        <h3>{m.sessions_list()}</h3>
        <Code text={commandOf(AccessService.method.listSessions, {})} label={m.sessions_list()} />
        <h3>{m.sessions_revoke()}</h3>
        <Code text={commandOf(AccessService.method.revokeSession, { sessionId: "…" })} label={m.sessions_revoke()} />
        <h3>{m.sessions_make()}</h3>
        <Code text={commandLine(["widget", "open"], { role: "viewer" })} label={m.sessions_make()} />
        <p>
          <a href="#/audit?action=session.create">{m.sessions_audit()}</a>
        </p>
      </Card>
    </>
  );
}
