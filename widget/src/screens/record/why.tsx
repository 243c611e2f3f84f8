// "Why": the way of a record through a run, step by step, as a run would take it now. Nothing is written.
import { sentenceOf, remedyOf } from "../../api/codes";
import { useCall } from "../../api/query";
import { type ExplainRecordResponse, RecordService } from "../../gen/sigma/v1/record_pb";
import { m } from "../../paraglide/messages.js";
import { iso } from "../../text/format";
import { moduleName, operationName } from "../../text/words";
import { Button, Card, Id, Name, Pill } from "../../ui/basic";
import { Changes, changesOf, valueText } from "../../ui/diff";
import { Icon } from "../../ui/icon";
import { OutcomePill } from "../../ui/outcome";
import { Loaded } from "../../ui/state";
import { stepName, stepState } from "./words";

function Steps({ answer }: { answer: ExplainRecordResponse }) {
  return (
    <ol class="events">
      {answer.steps.map((step) => {
        const { text, tone, icon } = stepState(step.state);
        const missing = step.parents.find((parent) => parent.required && !parent.targetId);
        const gaps: Record<string, string> = missing ? { module: moduleName(missing.moduleName) } : {};
        const remedy = step.code ? remedyOf(step.code, gaps, step.message ?? "") : "";
        return (
          <li key={step.name} class={`event tone-${tone}`}>
            <span class="event-sign">
              <Icon name={icon} />
            </span>
            <div class="stack tight">
              <p class="row tight">
                <span class="strong">{stepName(step.name)}</span>
                <Pill tone={tone} icon={icon}>
                  {text}
                </Pill>
              </p>
              {(step.code || step.message) && <p>{sentenceOf(step.code ?? "", step.message ?? "", gaps)}</p>}
              {remedy && <p class="soft">{remedy}</p>}
              {step.parents.length > 0 && (
                <ul class="stack tight">
                  {step.parents.map((parent) => (
                    <li key={`${parent.moduleName} ${parent.zohoId}`} class="row tight small">
                      <Icon name={parent.targetId ? "good" : parent.required ? "wait" : "dash"} label={parent.targetId ? m.why_parent_there() : m.why_parent_missing()} />
                      <a href={`#/record/${parent.moduleName}/${encodeURIComponent(parent.zohoId)}`}>
                        {moduleName(parent.moduleName)} {iso(parent.zohoId)}
                      </a>
                    </li>
                  ))}
                </ul>
              )}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

export function Why({ module, zohoId }: { module: string; zohoId: string }) {
  const query = useCall(RecordService.method.explainRecord, { moduleName: module, zohoId });
  return (
    <Card
      title={m.why_title()}
      aside={
        <Button small icon="retry" busy={query.busy} onClick={query.reload}>
          {m.why_again()}
        </Button>
      }
    >
      <p class="soft">{m.why_lead()}</p>
      <Loaded query={query} lines={4}>
        {(answer) => (
          <div class="stack">
            <Steps answer={answer} />
            <p class="row tight">
              <span class="strong">{answer.wouldWrite ? m.why_would_write() : m.why_would_not_write()}</span>
              <OutcomePill status={answer.status} />
              {answer.op && <span>{operationName(answer.op)}</span>}
            </p>
            <Changes changes={changesOf(answer.diff)} />
            {answer.canonical && (
              <details>
                <summary>{m.why_canonical()}</summary>
                <dl class="pairs small">
                  {Object.entries(answer.canonical).map(([field, value]) => (
                    <div key={field} class="pair">
                      <dt>
                        <Id>{field}</Id>
                      </dt>
                      <dd>
                        <Name>{valueText(value)}</Name>
                      </dd>
                    </div>
                  ))}
                </dl>
              </details>
            )}
          </div>
        )}
      </Loaded>
    </Card>
  );
}
