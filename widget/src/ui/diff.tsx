// What changed in a record or a setting: each field with its old and its new value, as text.
import { m } from "../paraglide/messages.js";
import { Id, Name } from "./basic";

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === "") return "∅";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/** The changes of `{"field": [old, new]}`, as outcomes have them. */
export function changesOf(diff: Readonly<Record<string, unknown>> | undefined): Change[] {
  return Object.entries(diff ?? {}).map(([field, change]) =>
    Array.isArray(change) ? { field, before: change[0] as unknown, after: change[1] as unknown } : { field, before: undefined, after: change },
  );
}

export function Changes({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return null;
  return (
    <dl class="diff">
      {changes.map(({ field, before, after }) => (
        <div class="line" key={field}>
          <dt>
            <Id>{field}</Id>
          </dt>
          <dd>
            {before !== undefined && before !== null && before !== "" && (
              <>
                <del>
                  <span class="unseen">{m.diff_before()} </span>
                  <Name>{valueText(before)}</Name>
                </del>{" "}
              </>
            )}
            <ins>
              <span class="unseen">{m.diff_after()} </span>
              <Name>{valueText(after)}</Name>
            </ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
