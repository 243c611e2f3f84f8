// What is known of the canonical fields of a module: where each goes in the form that the module has.
import { useMemo } from "preact/hooks";
import { useCall } from "../../api/query";
import { type CanonicalField, type FieldUse, MetadataService } from "../../gen/sigma/v1/metadata_pb";
import { ModuleService } from "../../gen/sigma/v1/module_pb";

export interface Targets {
  fields: readonly CanonicalField[];
  field: (name: string) => CanonicalField | undefined;
  use: (name: string) => FieldUse | undefined;
}

/** The canonical fields of a module; undefined until they are read. */
export function useTargets(module: string): Targets | undefined {
  const { data } = useCall(MetadataService.method.listFields, {});
  const form = useCall(ModuleService.method.listModules, {}).data?.modules.find((row) => row.moduleName === module)?.options?.target;
  return useMemo(() => {
    if (!data) return undefined;
    const fields = data.fields.filter((field) => field.moduleName === module);
    const byName = new Map(fields.map((field) => [field.name, field]));
    return {
      fields,
      field: (name) => byName.get(name),
      use: (name) => {
        const uses = byName.get(name)?.uses ?? [];
        return uses.find((use) => use.form === form) ?? uses[0];
      },
    };
  }, [data, module, form]);
}
