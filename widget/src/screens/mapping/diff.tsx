// How two sets differ, field by field, as a person reads it.
import { m } from "../../paraglide/messages.js";
import { Id, Pill } from "../../ui/basic";
import type { Change, Member, Row } from "./set";
import { differences, rowsOf, stepsOf, typeOf } from "./set";
import { brief } from "./steps";
import type { MappingChange } from "../../gen/sigma/v1/mapping_pb";
import { fieldName } from "./words";

const NAMES: Record<Member, () => string> = {
  from: () => m.mapping_zoho_field(),
  required: () => m.mapping_required(),
  fallback: () => m.mapping_fallback(),
  rules: () => m.mapping_transforms(),
  onInvalid: () => m.mapping_on_invalid(),
};

function said(row: Row, member: Member): string {
  switch (member) {
    case "from":
      return row.from;
    case "required":
      return row.required ? m.mapping_yes() : m.mapping_no();
    case "fallback":
      return row.fallback ?? "–";
    case "onInvalid":
      return row.onInvalid === "fail" ? m.mapping_on_invalid_fail() : row.onInvalid === "drop" ? m.mapping_on_invalid_drop() : m.mapping_on_invalid_default();
    case "rules": {
      const steps = stepsOf(row.rules).filter((step) => typeOf(step));
      return steps.length > 0 ? steps.map(brief).join(" · ") : "–";
    }
  }
}

const LOOKS = {
  added: { tone: "good", icon: "plus", text: () => m.mapping_is_new() },
  removed: { tone: "bad", icon: "trash", text: () => m.mapping_is_removed() },
  changed: { tone: "info", icon: "pencil", text: () => m.mapping_is_changed() },
  moved: { tone: "none", icon: "arrow", text: () => m.mapping_is_moved() },
} as const;

export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p class="soft">{m.mapping_no_changes()}</p>;
  return (
    <ul class="changes">
      {changes.map((change) => {
        const { before, after } = change;
        const look = LOOKS[change.kind];
        return (
          <li key={change.to}>
            <p class="row tight">
              <Pill tone={look.tone} icon={look.icon}>
                {look.text()}
              </Pill>
              <span class="strong">{fieldName(change.to)}</span> <Id>{change.to}</Id>
            </p>
            {change.kind === "added" && after && (
              <p class="small">
                <ins>{[after.from, said(after, "rules")].filter((text) => text !== "–").join(" · ")}</ins>
              </p>
            )}
            {change.kind === "removed" && before && (
              <p class="small">
                <del>{before.from}</del>
              </p>
            )}
            {change.kind === "changed" && before && after && (
              <dl class="pairs small">
                {change.members.map((member) => {
                  const [was, is] = [said(before, member), said(after, member)];
                  return (
                    <div class="pair" key={member}>
                      <dt>{NAMES[member]()}</dt>
                      <dd>
                        {was === is ? (
                          // The words are the same, the details are not.
                          <>
                            <del class="mono">{JSON.stringify(before.rules)}</del> <ins class="mono">{JSON.stringify(after.rules)}</ins>
                          </>
                        ) : (
                          <>
                            <del>
                              <bdi>{was}</bdi>
                            </del>{" "}
                            <ins>
                              <bdi>{is}</bdi>
                            </ins>
                          </>
                        )}
                      </dd>
                    </div>
                  );
                })}
              </dl>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The server's own comparison in the same form. */
export function changesOf(changes: readonly MappingChange[]): Change[] {
  return changes.map((change) => {
    const [before] = change.old ? rowsOf([change.old]) : [];
    const [after] = change.new ? rowsOf([change.new]) : [];
    const kind = change.change === "added" || change.change === "removed" || change.change === "moved" ? change.change : "changed";
    const members = before && after ? (differences([before], [after])[0]?.members ?? []) : [];
    return { to: change.canonicalField, kind, members, ...(before ? { before } : {}), ...(after ? { after } : {}) };
  });
}
