// What a new school still has to do, in order: shown until the first run.
import { lackOf } from "../../api/codes";
import { useCall } from "../../api/query";
import { SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { ButtonLink, Card } from "../../ui/basic";
import { Icon } from "../../ui/icon";
import { Loaded } from "../../ui/state";

const NAMES: Readonly<Record<string, () => string>> = {
  connect_zoho: () => m.step_connect_zoho(),
  connect_moodle: () => m.step_connect_moodle(),
  mappings: () => m.step_mappings(),
  dry_run: () => m.step_dry_run(),
  first_run: () => m.step_first_run(),
  schedule: () => m.step_schedule(),
};

export function Steps() {
  const query = useCall(SettingsService.method.getChecklist, {});
  return (
    <Card title={m.steps_title()}>
      <Loaded query={query} lines={4}>
        {({ steps }) => {
          const next = steps.find((step) => step.state === "to_do")?.step;
          return (
            <ol class="steps">
              {steps.map((step, place) => (
                <li key={step.step} class={step.state === "done" ? "is-done" : ""} aria-current={step.step === next ? "step" : undefined}>
                  <span class="step-mark">{step.state === "done" ? <Icon name="check" label={m.step_done()} /> : num(place + 1)}</span>
                  <div class="grow">
                    <p class="strong">{NAMES[step.step]?.() ?? step.step}</p>
                    {step.state !== "done" && (step.reason || step.code) && <p class="small soft">{lackOf(step)}</p>}
                  </div>
                  {step.step === next && (
                    <ButtonLink small look="lead" href={`#/${step.screen || "modules"}`} icon="arrow">
                      {m.step_do()}
                    </ButtonLink>
                  )}
                </li>
              ))}
            </ol>
          );
        }}
      </Loaded>
    </Card>
  );
}
