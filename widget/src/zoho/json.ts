// Messages as the JSON of REST and back, by the same options of the protos that the server's gateway follows: fields by their
// names in the proto, members in place (`inline`), lists as objects (`keyed_by`), texts as whole values (`sole_value`).
import { type DescField, type DescMessage, type JsonObject, type JsonValue, type Message, type MessageInitShape, type MessageShape, create, fromJson, getOption, hasOption, toJson } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { inline, keyed_by, sole_value } from "../gen/sigma/v1/options_pb";

type Members = Record<string, unknown>;

const isInline = (field: DescField) => hasOption(field, inline) && getOption(field, inline);
const keyOf = (field: DescField) => (hasOption(field, keyed_by) ? getOption(field, keyed_by) : "");
const named = (shape: DescMessage, name: string) => shape.fields.find((field) => field.name === name);
const soleOf = (shape: DescMessage) => shape.fields.find((field) => hasOption(field, sole_value) && getOption(field, sole_value));
const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);
const WIDE: ReadonlySet<number> = new Set([3, 4, 6, 16, 18]);

function readOne(field: DescField, value: unknown): unknown {
  const shape = field.message;
  if (shape) {
    if (shape.typeName === "google.protobuf.Timestamp") return fromJson(TimestampSchema, value as JsonValue);
    if (shape.typeName.startsWith("google.protobuf.")) return value;
    return read(shape, value);
  }
  if (field.enum) return field.enum.values.find((known) => known.name === value)?.number ?? Number(value) ?? 0;
  if (field.scalar !== undefined && WIDE.has(field.scalar)) return BigInt(value as number | string);
  return value;
}

function readKeyed(field: DescField, entries: [string, unknown][]): unknown[] {
  const shape = field.message;
  const key = shape && named(shape, keyOf(field));
  if (!shape || !key) return [];
  const sole = soleOf(shape);
  return entries.map(([name, value]) => {
    const element = sole ? (create(shape, { [sole.localName]: readOne(sole, value) } as never) as Message) : read(shape, value);
    (element as unknown as Members)[key.localName] = name;
    return element;
  });
}

/** The value of a field; the list of an object where it is one by its key. */
export function readField(field: DescField, value: unknown): unknown {
  if (field.fieldKind !== "list") return readOne(field, value);
  if (keyOf(field)) return readKeyed(field, Object.entries(isObject(value) ? value : {}));
  return Array.isArray(value) ? value.map((one) => readOne(field, one)) : [];
}

export function read<S extends DescMessage>(shape: S, json: unknown): MessageShape<S> {
  const members = isObject(json) ? json : {};
  const init: Members = {};
  for (const field of shape.fields) {
    if (isInline(field)) {
      const others = new Set(shape.fields.filter((other) => other !== field).map((other) => other.name));
      init[field.localName] = keyOf(field) ? readKeyed(field, Object.entries(members).filter(([name]) => !others.has(name))) : readOne(field, members);
      continue;
    }
    const value = members[field.name];
    if (value !== undefined && value !== null) init[field.localName] = readField(field, value);
  }
  return create(shape, init as MessageInitShape<S>);
}

function writeOne(field: DescField, value: unknown): unknown {
  const shape = field.message;
  if (shape) {
    if (shape.typeName === "google.protobuf.Timestamp") return toJson(TimestampSchema, value as Timestamp);
    if (shape.typeName.startsWith("google.protobuf.")) return value;
    return write(shape, value as Message);
  }
  if (field.enum) return field.enum.values.find((known) => known.number === value)?.name;
  return typeof value === "bigint" ? Number(value) : value;
}

function writeKeyed(field: DescField, elements: readonly unknown[]): [string, unknown][] {
  const shape = field.message;
  const key = shape && named(shape, keyOf(field));
  if (!shape || !key) return [];
  const sole = soleOf(shape);
  return elements.map((element) => {
    const name = String((element as Members)[key.localName]);
    if (sole) return [name, writeOne(sole, (element as Members)[sole.localName])];
    const { [key.name]: _key, ...rest } = write(shape, element as Message);
    return [name, rest];
  });
}

export function writeField(field: DescField, value: unknown): unknown {
  if (field.fieldKind !== "list") return writeOne(field, value);
  const elements = value as readonly unknown[];
  return keyOf(field) ? Object.fromEntries(writeKeyed(field, elements)) : elements.map((element) => writeOne(field, element));
}

/** A message as REST takes it: what is absent is left out. */
export function write(shape: DescMessage, message: Message): JsonObject {
  const values = message as unknown as Members;
  const json: Members = {};
  for (const field of shape.fields) {
    const value = values[field.localName];
    if (value === undefined) continue;
    if (isInline(field)) Object.assign(json, keyOf(field) ? Object.fromEntries(writeKeyed(field, value as unknown[])) : write(field.message as DescMessage, value as Message));
    else json[field.name] = writeField(field, value);
  }
  return json as JsonObject;
}
