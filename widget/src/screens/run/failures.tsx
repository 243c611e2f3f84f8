// The failures of a run by their cause: how many, what it means, what to do, and one button to try just these again.
import { may } from "../../api/access";
import { remedyOf, sentenceOf, codeOf } from "../../api/codes";
import { changed, useAction, useCall } from "../../api/query";
import { call } from "../../api/transport";
import { go } from "../../app/address";
import { type Run, SyncRunService } from "../../gen/sigma/v1/run_pb";
import type { RunGroup } from "../../gen/sigma/v1/summary_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { className } from "../../text/words";
import { Button, ButtonLink, Card, Id, Pill, type Tone } from "../../ui/basic";
import type { IconName } from "../../ui/icon";
import { Loaded, Problem } from "../../ui/state";
import { toast } from "../../ui/toast";
import { isActive } from "./parts";

/** Tries some failed records of a run again, and goes to the new run. */
export function useRetry(run: Run) {
  return useAction(async (only: { codes?: string[]; ids?: string[] }) => {
    const { run: retry } = await call(SyncRunService.method.retryItems, { runId: run.runId, codes: only.codes ?? [], ids: only.ids ?? [] });
    changed("run");
    toast({ text: m.retry_started() });
    if (retry) go(`#/runs/${encodeURIComponent(retry.runId)}`);
  });
}

const CLASS_LOOK: Readonly<Record<string, { tone: Tone; icon: IconName }>> = {
  I: { tone: "bad", icon: "pencil" },
  R: { tone: "warn", icon: "off" },
  T: { tone: "info", icon: "wait" },
};

/** Groups of one code, whatever was to be done in the target, are one cause. */
export function causesOf(groups: readonly RunGroup[]): { code: string; class: string; count: number; status: string; remedyCode: string; retry: string; sample: RunGroup["samples"][number] | undefined }[] {
  const causes = new Map<string, ReturnType<typeof causesOf>[number]>();
  for (const group of groups) {
    if (group.status !== "FAILED" && group.status !== "WARNED") continue;
    const code = group.code ?? "";
    const key = `${group.status} ${code}`;
    const known = causes.get(key);
    if (known) known.count += Number(group.count);
    else {
      causes.set(key, {
        code,
        class: group.class ?? "",
        count: Number(group.count),
        status: group.status,
        remedyCode: group.remedyCode ?? code,
        retry: group.retry,
        sample: group.samples[0],
      });
    }
  }
  return [...causes.values()].sort((a, b) => Number(b.status === "FAILED") - Number(a.status === "FAILED") || b.count - a.count);
}

const MENDED_AT = ["connections", "mappings", "modules", "people", "keys"];

function Cause({ cause, run, href }: { cause: ReturnType<typeof causesOf>[number]; run: Run; href: (code: string) => string }) {
  const retry = useRetry(run);
  const place = codeOf(cause.remedyCode)?.screen ?? "";
  const look = CLASS_LOOK[cause.class] ?? { tone: cause.status === "FAILED" ? "bad" : "warn", icon: "warn" };
  const remedy = remedyOf(cause.remedyCode);
  return (
    <li class="cause">
      <p class="figure toned tone-bad">{num(cause.count)}</p>
      <div class="stack tight">
        <h3>{cause.code ? sentenceOf(cause.code, cause.sample?.message ?? "") : m.failures_without_code()}</h3>
        {remedy && <p>{remedy}</p>}
        <p class="row tight small">
          {cause.class && (
            <Pill tone={look.tone} icon={look.icon}>
              {className(cause.class)}
            </Pill>
          )}
          {cause.code && <Id>{cause.code}</Id>}
        </p>
        {retry.failure && <Problem failure={retry.failure} inline />}
      </div>
      <div class="row tight cause-ends">
        {cause.code && (
          <ButtonLink small href={href(cause.code)}>
            {m.failures_show()}
          </ButtonLink>
        )}
        {MENDED_AT.includes(place) && (
          <ButtonLink small href={`#/${place}`} icon="arrow">
            {m.mend_there()}
          </ButtonLink>
        )}
        {!isActive(run) && !run.dryRun && cause.code && may(SyncRunService.method.retryItems, run.moduleName) && (
          <Button small look="lead" icon="retry" busy={retry.busy} onClick={() => void retry.run({ codes: [cause.code] })}>
            {m.retry_these({ count: cause.count, n: num(cause.count) })}
          </Button>
        )}
      </div>
    </li>
  );
}

function RetryAll({ run, count }: { run: Run; count: number }) {
  const retry = useRetry(run);
  return (
    <>
      <Button look="lead" icon="retry" busy={retry.busy} onClick={() => void retry.run({})}>
        {m.retry_all_failed({ count, n: num(count) })}
      </Button>
      {retry.failure && <Problem failure={retry.failure} inline />}
    </>
  );
}

export function Failures({ run, href }: { run: Run; href: (code: string) => string }) {
  const counts = run.progress ?? run.counts;
  const odd = (counts?.failed ?? 0n) > 0n || (counts?.warned ?? 0n) > 0n;
  const query = useCall(SyncRunService.method.summarizeRun, { runId: run.runId }, { skip: !odd, everyMs: isActive(run) ? 5000 : undefined });
  if (!odd) return null;
  const failed = Number(counts?.failed ?? 0n);
  return (
    <Card
      title={m.failures_title()}
      aside={!isActive(run) && !run.dryRun && failed > 0 && may(SyncRunService.method.retryItems, run.moduleName) ? <RetryAll run={run} count={failed} /> : undefined}
    >
      <Loaded query={query} lines={3}>
        {({ groups }) => (
          <ul class="causes">
            {causesOf(groups).map((cause) => (
              <Cause key={cause.status + cause.code} cause={cause} run={run} href={href} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  );
}
