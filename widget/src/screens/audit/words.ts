// The audit log in words: what was done, by whom, and what it changed.
import type { AuditEntry } from "../../gen/sigma/v1/audit_pb";
import { m } from "../../paraglide/messages.js";
import type { Change } from "../../ui/diff";

const NAMES: Readonly<Record<string, () => string>> = {
  "settings.update": () => m.act_settings_update(),
  "settings.forget_links": () => m.act_settings_forget_links(),
  "module.update": () => m.act_module_update(),
  "mapping.replace": () => m.act_mapping_replace(),
  "mapping.rollback": () => m.act_mapping_rollback(),
  "mapping.apply": () => m.act_mapping_apply(),
  "run.start": () => m.act_run_start(),
  "run.retry": () => m.act_run_retry(),
  "run.approve": () => m.act_run_approve(),
  "run.discard": () => m.act_run_discard(),
  "run.cancel": () => m.act_run_cancel(),
  "key.create": () => m.act_key_create(),
  "key.update": () => m.act_key_update(),
  "key.rotate": () => m.act_key_rotate(),
  "key.revoke": () => m.act_key_revoke(),
  "key.bootstrap": () => m.act_key_bootstrap(),
  "session.create": () => m.act_session_create(),
  "session.claim": () => m.act_session_claim(),
  "session.revoke": () => m.act_session_revoke(),
  "session.revoke_all": () => m.act_session_revoke_all(),
  "tenant.create": () => m.act_tenant_create(),
  "tenant.update": () => m.act_tenant_update(),
  "tenant.seed": () => m.act_tenant_seed(),
  "master_key.rewrap": () => m.act_master_key_rewrap(),
  "master_key.renew": () => m.act_master_key_renew(),
  "database.restore": () => m.act_database_restore(),
  "audit.trim": () => m.act_audit_trim(),
};

export const ACTIONS = Object.keys(NAMES);

/** A refused call that would have changed nothing has the name of its method, which is shown as it is. */
export function actionName(word: string): string {
  return Object.hasOwn(NAMES, word) ? (NAMES[word]?.() ?? word) : word;
}

/** The person, as the client names it; otherwise the key, the host or the service itself. */
export function authorName(entry: AuditEntry): string {
  if (entry.actor) return entry.actor;
  if (entry.keyId === "host") return m.audit_host();
  if (entry.keyId === "service") return m.audit_service();
  return entry.keyId;
}

/** The values before and after, field by field. Entries of earlier versions have both in one list. */
export function changesIn(entry: AuditEntry): Change[] {
  const before = (entry.before ?? {}) as Record<string, unknown>;
  const after = (entry.after ?? {}) as Record<string, unknown>;
  if (!entry.before && Object.values(after).every((value) => Array.isArray(value) && value.length === 2) && Object.keys(after).length > 0) {
    return Object.entries(after).map(([field, value]) => ({ field, before: (value as unknown[])[0], after: (value as unknown[])[1] }));
  }
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields
    .map((field) => ({ field, before: before[field], after: after[field] }))
    .filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}
