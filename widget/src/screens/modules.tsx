// The eight modules: what each carries and where to, whether it is on, how it went last, and the ways to start a run.
import { useEffect, useState } from "preact/hooks";
import { may, seesModule } from "../api/access";
import { learnCodes } from "../api/codes";
import { changed, useAction, useCall } from "../api/query";
import { call } from "../api/transport";
import { type Module, ModuleService } from "../gen/sigma/v1/module_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Button, ButtonLink, Head, Id, Note, Pill, Switch, When } from "../ui/basic";
import { Icon } from "../ui/icon";
import { Empty, Loaded, Problem } from "../ui/state";
import { StartRun } from "./run/start";

const SCHEDULES: Readonly<Record<string, () => string>> = {
  manual: () => m.schedule_manual(),
  cron: () => m.schedule_cron(),
  webhook: () => m.schedule_webhook(),
};

const TARGETS: Readonly<Record<string, () => string>> = {
  user: () => m.target_user(),
  category: () => m.target_category(),
  course: () => m.target_course(),
  group: () => m.target_group(),
  enrolment: () => m.target_enrolment(),
  cohort: () => m.target_cohort(),
  profile: () => m.target_profile(),
  record: () => m.target_record(),
  grade: () => m.target_grade(),
};

/** From Zoho to Moodle, for grades the other way; the sign turns with the language, the order of the words with it. */
function Way({ module }: { module: Module }) {
  const target = TARGETS[module.options?.target ?? ""]?.() ?? module.options?.target ?? "";
  const zoho = module.zohoModule ? <Id>{module.zohoModule}</Id> : "Zoho";
  const [from, to] = module.moduleName === "grades" ? [target, zoho] : [zoho, target];
  return (
    <p class="row tight small soft">
      <span>{from}</span> <Icon name="arrow" label={m.module_to()} /> <span>{to}</span>
    </p>
  );
}

function LastRun({ module }: { module: Module }) {
  const status = module.lastRunStatus;
  const look = status === "success" ? (["good", "good", m.state_completed()] as const) : status === "partial" ? (["warn", "warn", m.state_partial()] as const) : (["bad", "bad", m.state_failed()] as const);
  if (!module.lastRunAt) return <p class="soft">{m.module_no_run()}</p>;
  return (
    <p class="row tight">
      {status && (
        <Pill tone={look[0]} icon={look[1]}>
          {look[2]}
        </Pill>
      )}
      <span class="soft">
        <When at={module.lastRunAt} /> · {m.n_records({ count: module.lastRunCount, n: num(module.lastRunCount) })}
      </span>
    </p>
  );
}

function ModuleCard({ module, writeback }: { module: Module; writeback: boolean }) {
  const [starting, setStarting] = useState(false);
  // The switch moves at once and goes back, with the reason, if the server refuses.
  const [wanted, setWanted] = useState<boolean>();
  const change = useAction(async (enabled: boolean) => {
    setWanted(enabled);
    try {
      await call(ModuleService.method.updateModule, { moduleName: module.moduleName, enabled });
      changed("module");
    } catch (error) {
      setWanted(undefined);
      throw error;
    }
  });
  const on = wanted ?? module.enabled;
  useEffect(() => setWanted(undefined), [module.enabled]);
  const locked = module.moduleName === "grades" && !writeback && !module.enabled;
  const name = moduleName(module.moduleName);
  return (
    <section class={`card module${module.enabled ? "" : " is-off"}`} aria-label={name}>
      <div class="title">
        <h2>{name}</h2>
        <span class="row tight">
          <span class="small soft">{on ? m.module_on() : m.module_off()}</span>
          <Switch
            on={on}
            label={m.module_switch({ module: name })}
            disabled={locked || !may(ModuleService.method.updateModule, module.moduleName)}
            onChange={(enabled) => void change.run(enabled)}
          />
        </span>
      </div>
      <Way module={module} />
      <LastRun module={module} />
      <p class="small soft row tight">
        <Icon name="wait" /> {SCHEDULES[module.scheduleMode]?.() ?? module.scheduleMode} {module.scheduleMode === "cron" && module.scheduleCron && <Id>{module.scheduleCron}</Id>}
      </p>
      {locked && (
        <Note tone="none" icon="lock" title={m.module_grades_locked()}>
          <a href="#/connections">{m.module_grades_where()}</a>
        </Note>
      )}
      {module.warnings.map((warning) => (
        <Note key={warning} tone="warn" icon="warn">
          <p class="small">{warning}</p>
        </Note>
      ))}
      {change.failure && <Problem failure={change.failure} inline />}
      <div class="row tight module-ends">
        {may(SyncRunService.method.triggerRun, module.moduleName) && (
          <Button small icon="play" disabled={!module.enabled} onClick={() => setStarting(true)}>
            {m.module_sync_now()}
          </Button>
        )}
        <ButtonLink small look="quiet" href={`#/runs?module=${module.moduleName}`}>
          {m.screen_runs()}
        </ButtonLink>
        <ButtonLink small look="quiet" href={`#/mappings/${module.moduleName}`}>
          {m.module_mapping()}
        </ButtonLink>
      </div>
      {starting && <StartRun module={module.moduleName} onClose={() => setStarting(false)} />}
    </section>
  );
}

export default function Modules() {
  learnCodes();
  const [starting, setStarting] = useState(false);
  const query = useCall(ModuleService.method.listModules, {});
  const settings = useCall(SettingsService.method.getSettings, {}).data?.settings;
  const order = (module: Module) => (MODULES as readonly string[]).indexOf(module.moduleName);
  return (
    <>
      <Head
        title={m.screen_modules()}
        actions={
          may(SyncRunService.method.triggerAll) && (
            <Button look="lead" icon="play" onClick={() => setStarting(true)}>
              {m.module_sync_all()}
            </Button>
          )
        }
      >
        {m.modules_lead()}
      </Head>
      <Loaded query={query} lines={10}>
        {({ modules }) => {
          const shown = modules.filter((module) => seesModule(module.moduleName)).sort((a, b) => order(a) - order(b));
          return shown.length === 0 ? (
            <Empty icon="modules" title={m.modules_none()} />
          ) : (
            <div class="grid modules">
              {shown.map((module) => (
                <ModuleCard key={module.moduleName} module={module} writeback={settings?.gradesWriteback ?? false} />
              ))}
            </div>
          );
        }}
      </Loaded>
      {starting && <StartRun onClose={() => setStarting(false)} />}
    </>
  );
}
