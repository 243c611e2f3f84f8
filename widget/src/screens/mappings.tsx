// The mappings of all modules: how many rows each has, which version, what the checks find, and where an edit waits.
import { seesModule } from "../api/access";
import { hasDraft } from "../api/draft";
import { useCall } from "../api/query";
import { MappingService } from "../gen/sigma/v1/mapping_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Head, Pill } from "../ui/basic";
import { Icon } from "../ui/icon";
import { Problem } from "../ui/state";
import { FindingMarks } from "./mapping/marks";
import "../style/mapping.css";

function ModuleCard({ module }: { module: string }) {
  const rows = useCall(MappingService.method.listMappings, { moduleName: module });
  const check = useCall(MappingService.method.validateMappings, { moduleName: module });
  return (
    <a class="card module-card" href={`#/mappings/${module}`}>
      <span class="row apart">
        <span class="strong">{moduleName(module)}</span>
        <Icon name="forward" />
      </span>
      {rows.data && (
        <span class="small soft">
          {m.mapping_rows({ count: rows.data.mappings.length, n: num(rows.data.mappings.length) })} · {m.mapping_version({ version: num(rows.data.version) })}
        </span>
      )}
      <span class="row tight">
        {hasDraft(`mapping:${module}`) && (
          <Pill tone="info" icon="pencil">
            {m.mapping_has_draft()}
          </Pill>
        )}
        <FindingMarks findings={check.data?.findings} />
      </span>
      {rows.failure && <Problem failure={rows.failure} inline />}
    </a>
  );
}

export default function Mappings() {
  return (
    <div class="stack">
      <Head title={m.screen_mappings()}>{m.mapping_lead()}</Head>
      <div class="grid">
        {MODULES.filter((module) => seesModule(module)).map((module) => (
          <ModuleCard key={module} module={module} />
        ))}
      </div>
    </div>
  );
}
