// Who may press what: the permission of each method, as the protos declare it, against the role of the session. A screen
// asks `may(method)`; it names no role.
import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { isPublic, permission } from "./options";
import { NOT_IN_SESSIONS, ROLES } from "../gen/roles";
import { session } from "./session";

export function permissionOf(method: DescMethod): string {
  return hasOption(method, permission) ? getOption(method, permission) : "";
}

/** The roles that have a permission, the least of them last. */
export function rolesFor(method: DescMethod): readonly string[] {
  return ROLES[permissionOf(method)] ?? [];
}

/** The least role that a person needs for a method. */
export function leastRole(method: DescMethod): string {
  return rolesFor(method).at(-1) ?? "owner";
}

/** Whether the session may call the method; with a module, also whether it is among those that the session is narrowed to. */
export function may(method: DescMethod, module?: string): boolean {
  const current = session.value;
  if (!current) return false;
  if (hasOption(method, isPublic)) return true;
  const needed = permissionOf(method);
  if (NOT_IN_SESSIONS.includes(needed)) return false;
  if (module && !seesModule(module)) return false;
  return (ROLES[needed] ?? []).includes(current.role);
}

/** Whether the session is for this module, or for all. */
export function seesModule(module: string): boolean {
  const narrowed = session.value?.modules ?? [];
  return narrowed.length === 0 || narrowed.includes(module);
}
