// A card for each module: how its last run went, and when the next one is due.
import type { OverviewModule } from "../../gen/sigma/v1/overview_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { MODULES, moduleName, phaseName } from "../../text/words";
import { Meter, Pill, When } from "../../ui/basic";
import { Proportions } from "../run/counts";
import { RunState, isActive, tallyOf } from "../run/parts";

function ModuleCard({ module }: { module: OverviewModule }) {
  const run = module.lastRun;
  const name = moduleName(module.moduleName);
  const tally = run && tallyOf(run);
  return (
    <a class={`card tight module-card${module.enabled ? "" : " is-off"}`} href={run ? `#/runs/${encodeURIComponent(run.runId)}` : "#/modules"}>
      <span class="row apart tight">
        <h3>{name}</h3>
        {!module.enabled ? (
          <Pill tone="none" icon="off">
            {m.module_off()}
          </Pill>
        ) : (
          run && <RunState run={run} />
        )}
      </span>
      {run && tally ? (
        <>
          {isActive(run) ? (
            <span class="stack tight">
              <span class="small soft">{phaseName(run.phase)}</span>
              <Meter done={Number(tally.total)} total={run.expectedTotal === undefined ? undefined : Number(run.expectedTotal)} label={m.run_progress()} />
            </span>
          ) : (
            <Proportions tally={tally} />
          )}
          <span class="row apart small soft tight">
            <When at={run.finishedAt ?? run.startedAt} />
            {tally.failed > 0n && <span class="toned tone-bad strong">{m.n_failed({ count: Number(tally.failed), n: num(tally.failed) })}</span>}
          </span>
        </>
      ) : (
        <span class="soft small">{m.module_no_run()}</span>
      )}
      {module.nextRunAt && (
        <span class="small soft">
          {m.module_next()} <When at={module.nextRunAt} />
        </span>
      )}
    </a>
  );
}

export function ModuleCards({ modules }: { modules: readonly OverviewModule[] }) {
  const order = (module: OverviewModule) => (MODULES as readonly string[]).indexOf(module.moduleName);
  return (
    <div class="grid module-cards">
      {[...modules]
        .sort((a, b) => order(a) - order(b))
        .map((module) => (
          <ModuleCard key={module.moduleName} module={module} />
        ))}
    </div>
  );
}
