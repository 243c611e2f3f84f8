// What the checks find about a mapping, in marks: how many errors and warnings, or that there is nothing.
import type { MappingFinding } from "../../gen/sigma/v1/mapping_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Pill } from "../../ui/basic";

/** How many findings are of a severity. */
export function countOf(findings: readonly MappingFinding[] | undefined, severity: "error" | "warning"): number {
  return findings?.filter((finding) => finding.severity === severity).length ?? 0;
}

/** Nothing before the checks have answered. */
export function FindingMarks({ findings }: { findings: readonly MappingFinding[] | undefined }) {
  if (!findings) return null;
  const [errors, warnings] = [countOf(findings, "error"), countOf(findings, "warning")];
  return (
    <>
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
      {errors + warnings === 0 && (
        <Pill tone="good" icon="good">
          {m.mapping_no_findings()}
        </Pill>
      )}
    </>
  );
}
