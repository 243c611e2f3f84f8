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
import "../style/mapping.css";

function ModuleCard({ module }: { module: string }) {
  const rows = useCall(MappingService.method.listMappings, { moduleName: module });
  const check = useCall(MappingService.method.validateMappings, { moduleName: module });
  const count = (severity: string) => check.data?.findings.filter((finding) => finding.severity === severity).length ?? 0;
  const [errors, warnings] = [count("error"), count("warning")];
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
        {errors > 0 && (
          <Pill tone="bad" icon="bad">
            {m.mapping_errors({ count: errors, n: num(errors) })}
          </Pill>
        )}
        {warnings > 0 && (
          <Pill tone="warn" icon="warn">
            {m.mapping_warnings({ count: warnings, n: num(warnings) })}
          </Pill>
        )}
        {check.data && errors + warnings === 0 && (
          <Pill tone="good" icon="good">
            {m.mapping_no_findings()}
          </Pill>
        )}
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
