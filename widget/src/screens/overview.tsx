// The first look in the morning: what needs somebody, how each module went, and how it has been going.
import { may, seesModule } from "../api/access";
import { learnCodes } from "../api/codes";
import { useCall } from "../api/query";
import { useFilter } from "../app/address";
import { type GetOverviewResponse, OverviewService } from "../gen/sigma/v1/overview_pb";
import { SettingsService } from "../gen/sigma/v1/settings_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { ButtonLink, Card, Head, Pill, When, type Tone } from "../ui/basic";
import { Icon, type IconName } from "../ui/icon";
import { Loaded } from "../ui/state";
import { Figures } from "./overview/figures";
import { ModuleCards } from "./overview/modules";
import { Notices } from "./overview/notices";
import { Steps } from "./overview/steps";
import { isActive } from "./run/parts";

const STATES: Readonly<Record<string, () => { text: string; tone: Tone; icon: IconName }>> = {
  ok: () => ({ text: m.connection_ready(), tone: "good", icon: "good" }),
  off: () => ({ text: m.connection_off(), tone: "none", icon: "off" }),
  incomplete: () => ({ text: m.connection_incomplete(), tone: "warn", icon: "warn" }),
  broken: () => ({ text: m.connection_broken(), tone: "bad", icon: "bad" }),
  paused: () => ({ text: m.connection_paused(), tone: "warn", icon: "held" }),
};

export const PROVIDERS: Readonly<Record<string, string>> = { zoho: "Zoho", moodle: "Moodle" };

function Health({ overview }: { overview: GetOverviewResponse }) {
  const credits = overview.credits;
  return (
    <ul class="health">
      {overview.connections.map((connection) => {
        const state = STATES[connection.state]?.() ?? { text: connection.state, tone: "none" as const, icon: "dash" as const };
        return (
          <li key={connection.provider}>
            <a href="#/connections">
              <span class="soft small">{PROVIDERS[connection.provider] ?? connection.provider}</span>
              <Pill tone={state.tone} icon={state.icon}>
                {state.text}
              </Pill>
              {connection.until && (
                <span class="small soft">
                  <When at={connection.until} />
                </span>
              )}
            </a>
          </li>
        );
      })}
      {credits && (
        <li>
          <span class="soft small">{m.overview_credits()}</span>
          <span class="strong">{credits.left === undefined ? m.overview_credits_used({ n: num(credits.used) }) : m.overview_credits_left({ n: num(credits.left), limit: num(credits.limit ?? 0n) })}</span>
        </li>
      )}
    </ul>
  );
}

/** The state of the school in one sentence. */
function headline(overview: GetOverviewResponse): string {
  const count = overview.notices.length;
  if (count > 0) return m.overview_attention({ count, n: num(count) });
  if (overview.modules.every((module) => module.lastRun === undefined)) return m.overview_begin();
  return m.overview_fine();
}

export default function Overview() {
  learnCodes();
  const filter = useFilter({ window: "24h", module: "", chart: "" });
  const { window, module } = filter.values;
  const query = useCall(OverviewService.method.getOverview, { window, moduleName: module }, { everyMs: 60_000 });
  const overview = query.data;
  const begins = overview?.modules.every((row) => row.lastRun === undefined) ?? false;
  const running = overview?.modules.some((row) => row.lastRun && isActive(row.lastRun)) ?? false;
  useCall(OverviewService.method.getOverview, { window, moduleName: module }, { everyMs: 3000, skip: !running });
  return (
    <>
      <Head
        title={overview ? headline(overview) : m.screen_overview()}
        actions={
          may(SyncRunService.method.triggerRun) && (
            <ButtonLink look="lead" icon="play" href="#/modules">
              {m.runs_start()}
            </ButtonLink>
          )
        }
      />
      <Loaded query={query} lines={9}>
        {(data) => (
          <div class="stack overview-parts">
            <Health overview={data} />
            {data.notices.length > 0 && <Notices notices={data.notices} />}
            {begins && may(SettingsService.method.getChecklist) && <Steps />}
            <section class="section">
              <h2>{m.screen_modules()}</h2>
              <ModuleCards modules={data.modules.filter((row) => seesModule(row.moduleName))} />
            </section>
            <Card>
              <Figures overview={data} filter={filter} />
            </Card>
            <p class="small soft row tight">
              <Icon name="wait" /> {m.overview_as_of()} <When at={data.asOf} />
            </p>
          </div>
        )}
      </Loaded>
    </>
  );
}
