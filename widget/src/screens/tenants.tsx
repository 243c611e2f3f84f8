// The schools that this session sees, with their limits and who looks into them. What only the operator of the deployment
// may do stands here as commands: a session never has that role.
import { useState } from "preact/hooks";
import { rolesFor } from "../api/access";
import { commandOf } from "../api/command";
import { useCall } from "../api/query";
import { commandLine } from "../api/shell";
import { useFilter } from "../app/address";
import { AccessService } from "../gen/sigma/v1/access_pb";
import { type Tenant, TenantService } from "../gen/sigma/v1/tenant_pb";
import { m } from "../paraglide/messages.js";
import { dayAndClock, list, num } from "../text/format";
import { roleName } from "../text/words";
import { Button, Card, Head, Id, Name, Note, Pill, When } from "../ui/basic";
import { Code } from "../ui/code";
import { TextField } from "../ui/form";
import { Sheet } from "../ui/sheet";
import { Empty, Loaded } from "../ui/state";
import { Table } from "../ui/table";
import { SupportSessions } from "./keys/sessions";

function Status({ status }: { status: string }) {
  if (status === "active") return <Pill tone="good" icon="good">{m.tenant_active()}</Pill>;
  if (status === "suspended") return <Pill tone="held" icon="held">{m.tenant_suspended()}</Pill>;
  return <Pill tone="none" icon="off">{status === "inactive" ? m.tenant_inactive() : status}</Pill>;
}

function Facts({ tenant }: { tenant: Tenant }) {
  const { requestsPerS, runStartsPerMin } = tenant.limits ?? {};
  const shown = (value: number | undefined) => (value === undefined ? m.limit_default() : value === 0 ? m.limit_none() : num(value));
  return (
    <dl class="pairs">
      <dt>{m.tenant_id()}</dt>
      <dd>
        <Id copy>{tenant.tenantId}</Id>
      </dd>
      <dt>{m.keys_state()}</dt>
      <dd>
        <Status status={tenant.status} />
      </dd>
      <dt>{m.tenant_made()}</dt>
      <dd>{dayAndClock(tenant.createdAt)}</dd>
      <dt>{m.limit_requests()}</dt>
      <dd>{shown(requestsPerS)}</dd>
      <dt>{m.limit_starts()}</dt>
      <dd>{shown(runStartsPerMin)}</dd>
    </dl>
  );
}

/** A school: what is known of it, and the operator's commands for it. */
function TenantSheet({ tenantId, onClose }: { tenantId: string; onClose: () => void }) {
  const query = useCall(TenantService.method.getTenant, { tenantId });
  const [reason, setReason] = useState("");
  const tenant = query.data?.tenant;
  const paused = tenant?.status === "suspended";
  const setStatus = commandOf(TenantService.method.updateTenant, { tenantId, status: paused ? "active" : "suspended" });
  const support = commandOf(AccessService.method.createSession, { role: "viewer", actor: "…", tenantId, reason: reason.trim(), asCode: true });
  return (
    <Sheet title={tenant?.name ?? tenantId} onClose={onClose} wide>
      <Loaded query={query} lines={3}>
        {({ tenant }) =>
          tenant && (
            <div class="stack">
              <Facts tenant={tenant} />
              <h3>{m.support_title()}</h3>
              <SupportSessions sessions={tenant.supportSessions} />
            </div>
          )
        }
      </Loaded>
      <ByOperator />
      <h3>{paused ? m.tenant_resume() : m.tenant_suspend()}</h3>
      <p class="soft small">{paused ? m.tenant_resume_help() : m.tenant_suspend_help()}</p>
      <Code text={setStatus} label={paused ? m.tenant_resume() : m.tenant_suspend()} />
      <h3>{m.tenant_limit()}</h3>
      <Code text={commandLine(["tenants", "limit", tenantId], { "requests-per-s": "50", "run-starts-per-min": "60" })} label={m.tenant_limit()} />
      <h3>{m.support_open()}</h3>
      <p class="soft small">{m.support_open_help()}</p>
      <TextField label={m.support_reason()} value={reason} onInput={setReason} maxLength={500} />
      {reason.trim() && <Code text={support} label={m.support_open()} />}
      <div class="ends">
        <Button onClick={onClose}>{m.close()}</Button>
      </div>
    </Sheet>
  );
}

function ByOperator() {
  return (
    <Note tone="info" icon="lock" title={m.tenant_by_command()}>
      <p>{m.keys_by_command_who({ roles: list(rolesFor(TenantService.method.createTenant).map(roleName), "disjunction") })}</p>
    </Note>
  );
}

function MakeTenant({ onClose }: { onClose: () => void }) {
  const [id, setId] = useState("");
  const [name, setName] = useState("");
  const wrong = id !== "" && !/^[A-Za-z0-9._-]{1,100}$/.test(id);
  return (
    <Sheet title={m.tenant_make()} onClose={onClose}>
      <ByOperator />
      <TextField label={m.tenant_id()} value={id} onInput={setId} dir="ltr" maxLength={100} autoFocus help={m.tenant_id_help()} fault={wrong ? m.tenant_id_wrong() : undefined} />
      <TextField label={m.keys_name()} value={name} onInput={setName} maxLength={255} />
      {id && !wrong && name.trim() && (
        <>
          <Code text={commandLine(["tenants", "create", id], { name: name.trim() })} label={m.tenant_make()} />
          <p class="soft small">{m.make_secret_once()}</p>
        </>
      )}
      <div class="ends">
        <Button onClick={onClose}>{m.close()}</Button>
      </div>
    </Sheet>
  );
}

export default function Tenants() {
  const filter = useFilter({ tenant: "" });
  const [making, setMaking] = useState(false);
  const query = useCall(TenantService.method.listTenants, {});
  return (
    <>
      <Head
        title={m.screen_tenants()}
        actions={
          <Button icon="plus" onClick={() => setMaking(true)}>
            {m.tenant_make()}
          </Button>
        }
      >
        {m.tenant_lead()}
      </Head>
      <Loaded query={query}>
        {({ tenants }) => (
          <Card flush>
            {tenants.length === 0 ? (
              <Empty icon="tenants" title={m.tenant_none()} />
            ) : (
              <Table
                label={m.screen_tenants()}
                rows={tenants}
                rowKey={(tenant) => tenant.tenantId}
                href={(tenant) => filter.href({ tenant: tenant.tenantId })}
                columns={[
                  { name: m.keys_name(), main: true, cell: (tenant) => <Name>{tenant.name}</Name> },
                  { name: m.tenant_id(), cell: (tenant) => <Id>{tenant.tenantId}</Id> },
                  { name: m.keys_state(), cell: (tenant) => <Status status={tenant.status} /> },
                  { name: m.tenant_made(), cell: (tenant) => <When at={tenant.createdAt} /> },
                ]}
              />
            )}
          </Card>
        )}
      </Loaded>
      {filter.values.tenant && <TenantSheet tenantId={filter.values.tenant} onClose={() => filter.set({ tenant: "" })} />}
      {making && <MakeTenant onClose={() => setMaking(false)} />}
    </>
  );
}
