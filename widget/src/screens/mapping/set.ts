// A set of mapping rows as the editor has it: read from the server and written back without losing anything, its transforms
// as steps, and how two sets differ. Decisions only; the screen draws them.
import { create, fromBinary, type JsonObject, type JsonValue, toBinary } from "@bufbuild/protobuf";
import { type Mapping, type MappingInput, MappingInputSchema, MappingSchema } from "../../gen/sigma/v1/mapping_pb";

export interface Row {
  /** Names the row in the editor only. */
  key: string;
  to: string;
  from: string;
  required: boolean;
  fallback?: string | undefined;
  rules: JsonObject;
  onInvalid?: string | undefined;
  /** Members of a newer server that this page does not know, as bytes in hex: they go back as they came. */
  unknown?: string;
}

let last = 0;
export function newKey(): string {
  last += 1;
  return `n${last}-${Date.now().toString(36)}`;
}

const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const fromHex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export function rowsOf(mappings: readonly Mapping[]): Row[] {
  return mappings.map((mapping) => {
    const row: Row = {
      key: mapping.canonicalField,
      to: mapping.canonicalField,
      from: mapping.zohoFieldApiName,
      required: mapping.required,
      fallback: mapping.defaultValue,
      rules: mapping.transformRules ?? {},
      onInvalid: mapping.onInvalid,
    };
    if (mapping.$unknown?.length) {
      const bare = create(MappingSchema);
      bare.$unknown = mapping.$unknown;
      row.unknown = toHex(toBinary(MappingSchema, bare));
    }
    return row;
  });
}

/** The row as it is sent. A stored row and one to store have the same members under the same numbers. */
export function inputOf(row: Row): MappingInput {
  const input = row.unknown ? fromBinary(MappingInputSchema, fromHex(row.unknown)) : create(MappingInputSchema);
  input.canonicalField = row.to;
  input.zohoFieldApiName = row.from.trim();
  input.required = row.required;
  if (row.fallback !== undefined) input.defaultValue = row.fallback;
  input.transformRules = row.rules;
  if (row.onInvalid !== undefined) input.onInvalid = row.onInvalid;
  return input;
}

// ---- Transforms as steps

export type Step = JsonObject;

export const typeOf = (step: Step): string => (typeof step.type === "string" ? step.type : "");
export const paramsOf = (step: Step): JsonObject => (isObject(step.params) ? step.params : {});

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The steps of a row's rules, in their order; none for a value that is passed on. */
export function stepsOf(rules: JsonObject): Step[] {
  const type = typeOf(rules);
  if (!type) return [];
  const steps = paramsOf(rules).steps;
  if (type === "chain" && Array.isArray(steps)) return steps.map((step) => (isObject(step) ? step : typeof step === "string" ? { type: step } : {}));
  const { description: _, ...own } = rules;
  return [own];
}

/** The rules with other steps. What stands beside them, such as a description, stays. */
export function withSteps(rules: JsonObject, steps: readonly Step[]): JsonObject {
  const { type: _type, params, ...beside } = rules;
  const wasChain = typeOf(rules) === "chain";
  const [first] = steps;
  if (!first) return Object.keys(beside).length > 0 ? { type: "value", ...beside } : {};
  // A chain with members of its own stays one, and so does a step with members of its own inside it.
  const chained = wasChain && isObject(params) ? Object.keys(params).some((name) => name !== "steps") : false;
  const stepHasOwn = wasChain && Object.keys(first).some((name) => name !== "type" && name !== "params");
  if (steps.length === 1 && !chained && !stepHasOwn) return wasChain ? { ...first, ...beside } : { ...beside, ...first };
  if (steps.length === 1 && !wasChain) return { ...beside, ...first };
  const others = wasChain && isObject(params) ? params : {};
  // Members of the single step that was there belong to that step alone, except its description.
  const kept = wasChain ? beside : typeof beside.description === "string" ? { description: beside.description } : {};
  return { type: "chain", params: { ...others, steps: [...steps] }, ...kept };
}

export function withParam(step: Step, name: string, value: JsonValue | undefined): Step {
  const params = { ...paramsOf(step) };
  if (value === undefined) delete params[name];
  else params[name] = value;
  const { params: _, ...rest } = step;
  return Object.keys(params).length > 0 ? { ...rest, params } : rest;
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  if (to < 0 || to >= next.length || from < 0 || from >= next.length) return next;
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

// ---- Differences

/** Members in a fixed order, so that equal content is equal text. */
export function canonical(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value)) {
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

export type Member = "from" | "required" | "fallback" | "rules" | "onInvalid";
const MEMBERS: readonly Member[] = ["from", "required", "fallback", "rules", "onInvalid"];

function same(member: Member, one: Row, other: Row): boolean {
  if (member === "rules") return canonical(one.rules) === canonical(other.rules);
  if (member === "from") return one.from.trim() === other.from.trim();
  return one[member] === other[member];
}

export interface Change {
  to: string;
  kind: "added" | "removed" | "changed" | "moved";
  before?: Row;
  after?: Row;
  members: Member[];
}

/** The rows in which two sets differ: by their canonical field, and by their order where nothing else differs. */
export function differences(before: readonly Row[], after: readonly Row[]): Change[] {
  const changes: Change[] = [];
  const old = new Map(before.map((row) => [row.to, row]));
  const stays = (row: Row) => old.has(row.to);
  const kept = after.filter(stays).map((row) => row.to);
  const order = before.filter((row) => kept.includes(row.to)).map((row) => row.to);
  for (const row of after) {
    const was = old.get(row.to);
    if (!was) {
      changes.push({ to: row.to, kind: "added", after: row, members: [] });
      continue;
    }
    const members = MEMBERS.filter((member) => !same(member, was, row));
    if (members.length > 0) changes.push({ to: row.to, kind: "changed", before: was, after: row, members });
    else if (kept.indexOf(row.to) !== order.indexOf(row.to)) changes.push({ to: row.to, kind: "moved", before: was, after: row, members: [] });
  }
  const now = new Set(after.map((row) => row.to));
  for (const row of before) if (!now.has(row.to)) changes.push({ to: row.to, kind: "removed", before: row, members: [] });
  return changes;
}

/**
 * Both edits of the same set, where they touch different fields; undefined where they touch the same one differently. The order
 * is that of `theirs`, new rows of mine behind it.
 */
export function merged(base: readonly Row[], mine: readonly Row[], theirs: readonly Row[]): Row[] | undefined {
  const own = new Map(differences(base, mine).map((change) => [change.to, change]));
  const other = new Map(differences(base, theirs).map((change) => [change.to, change]));
  for (const [to, change] of own) {
    const against = other.get(to);
    if (!against || change.kind === "moved" || against.kind === "moved") continue;
    const equal = change.after && against.after ? MEMBERS.every((member) => same(member, change.after as Row, against.after as Row)) : !change.after && !against.after;
    if (!equal) return undefined;
  }
  const rows = theirs.flatMap((row) => {
    const change = own.get(row.to);
    if (change?.kind === "removed") return [];
    return [change?.kind === "changed" && change.after ? { ...change.after, key: row.key } : row];
  });
  for (const change of own.values()) if (change.kind === "added" && change.after && !rows.some((row) => row.to === change.to)) rows.push(change.after);
  return rows;
}

/** Canonical fields that stand in more than one row, and rows without a source: the server refuses both. */
export function localFaults(rows: readonly Row[]): Map<string, "twice" | "no_source" | "no_target"> {
  const seen = new Map<string, number>();
  for (const row of rows) seen.set(row.to, (seen.get(row.to) ?? 0) + 1);
  const faults = new Map<string, "twice" | "no_source" | "no_target">();
  for (const row of rows) {
    if (!row.to) faults.set(row.key, "no_target");
    else if ((seen.get(row.to) ?? 0) > 1) faults.set(row.key, "twice");
    else if (!row.from.trim()) faults.set(row.key, "no_source");
  }
  return faults;
}

/** A value of a preview: JSON text as a person reads it. */
export function shown(json: string | undefined): string {
  if (json === undefined) return "";
  try {
    const value = JSON.parse(json) as JsonValue;
    return typeof value === "string" ? value : JSON.stringify(value);
  } catch {
    return json;
  }
}
