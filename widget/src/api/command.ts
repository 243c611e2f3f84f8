// A call as a command line, so that what the page cannot do, or did wrong, can be repeated by hand. Secrets are left out.
import { type DescMessage, type DescMethod, create, getOption, hasOption, toJson } from "@bufbuild/protobuf";
import { sensitive } from "../gen/sigma/v1/options_pb";

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function withoutSecrets(json: unknown, shape: DescMessage): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const kept = Object.entries(json).flatMap(([name, value]) => {
    const field = shape.fields.find((field) => field.name === name || field.jsonName === name);
    if (field && hasOption(field, sensitive) && getOption(field, sensitive)) return [[name, "…"]];
    const inner = field?.fieldKind === "message" ? withoutSecrets(value, field.message) : value;
    return [[name, inner]];
  });
  return Object.fromEntries(kept) as unknown;
}

/** `sigma-sync call Service/Method -d '…'`. */
export function commandOf(method: DescMethod, input: unknown): string {
  const name = `${method.parent.name}/${method.name}`;
  const message = create(method.input, (input ?? {}) as Record<string, unknown>);
  const json = withoutSecrets(toJson(method.input, message, { useProtoFieldName: true }), method.input);
  const text = JSON.stringify(json);
  return text === "{}" ? `sigma-sync call ${name}` : `sigma-sync call ${name} -d ${quote(text)}`;
}
