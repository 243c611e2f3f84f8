// What a new school still has to do, in order, each step with the reason and the way to where it is done.
import { useCall } from "../../api/query";
import { lackOf } from "../../api/codes";
import { type ChecklistStep, SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { iso, list, num } from "../../text/format";
import { ButtonLink, Card } from "../../ui/basic";
import { Icon } from "../../ui/icon";

const STEPS: Record<string, () => string> = {
  connect_zoho: () => m.connections_step_connect_zoho(),
  connect_moodle: () => m.connections_step_connect_moodle(),
  mappings: () => m.connections_step_mappings(),
  dry_run: () => m.connections_step_dry_run(),
  first_run: () => m.connections_step_first_run(),
  schedule: () => m.connections_step_schedule(),
};

const PLACES: readonly string[] = ["connections", "mappings", "modules", "runs"];

function reasonOf(step: ChecklistStep): string {
  if (step.state === "blocked") return m.connections_step_blocked({ steps: list(step.blockedBy.map((name) => iso(STEPS[name]?.() ?? name))) });
  return lackOf(step);
}

/** Nothing once all is done, and nothing where the server does not know the list. */
export function Checklist({ here }: { here?: string }) {
  const { data } = useCall(SettingsService.method.getChecklist, {});
  if (!data || data.steps.length === 0 || data.steps.every((step) => step.state === "done")) return null;
  const done = data.steps.filter((step) => step.state === "done").length;
  const next = data.steps.find((step) => step.state === "to_do");
  return (
    <Card title={m.connections_checklist()} aside={<span class="small soft">{m.connections_checklist_done({ done: num(done), all: num(data.steps.length) })}</span>}>
      <ol class="checklist">
        {data.steps.map((step) => (
          <li key={step.step} class={step.state === "done" ? "tone-good" : step.state === "to_do" ? "tone-info" : "tone-none"} data-state={step.state}>
            <Icon name={step.state === "done" ? "good" : step.state === "to_do" ? "arrow" : "dash"} label={step.state === "done" ? m.connections_step_done() : step.state === "to_do" ? m.connections_step_to_do() : m.connections_step_later()} />
            <span class="stack">
              <span class={step === next ? "strong" : undefined}>{STEPS[step.step]?.() ?? step.step}</span>
              {step.state !== "done" && <span class="small soft said">{reasonOf(step)}</span>}
            </span>
            {step === next && step.screen !== here && PLACES.includes(step.screen) && (
              <ButtonLink small href={`#/${step.screen}`}>
                {m.connections_go_there()}
              </ButtonLink>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}
