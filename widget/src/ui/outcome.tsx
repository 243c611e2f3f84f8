// The outcome of a record in a run: in a word, with its reason, what to do about it, and what changed.
import { learnCodes, remedyOf, sentenceOf } from "../api/codes";
import type { Item } from "../gen/sigma/v1/item_pb";
import { MODULES, moduleName, operationName, outcome } from "../text/words";
import { Id, Pill } from "./basic";
import { Changes, changesOf } from "./diff";

export function OutcomePill({ status }: { status: string }) {
  const { text, tone, icon } = outcome(status);
  return (
    <Pill tone={tone} icon={icon}>
      {text}
    </Pill>
  );
}

// Outcomes of earlier versions name the kind of the parent in a word of their own, such as `class_not_synced_yet`.
function gapsOf(item: Item): Record<string, string> {
  const parent = /^([a-z]+)_not_synced_yet$/.exec(item.message ?? "")?.[1];
  const module = parent && MODULES.find((name) => name.startsWith(parent));
  return module ? { module: moduleName(module) } : {};
}

/** Why it came out so, and what to do; nothing if there is nothing to say. */
export function Reason({ item, remedyCode }: { item: Item; remedyCode?: string | undefined }) {
  learnCodes();
  const code = item.code ?? "";
  const remedy = remedyOf(remedyCode ?? code, gapsOf(item), item.message ?? "");
  return (
    <>
      {(code || item.message) && <p>{sentenceOf(code, item.message ?? "", gapsOf(item))}</p>}
      {remedy && <p class="soft">{remedy}</p>}
      {item.warnings.map((warning) => (
        <p class="row tight small" key={warning.field + warning.code}>
          <Pill tone="warn" icon="warn">
            <Id>{warning.field}</Id>
          </Pill>
          {sentenceOf(warning.code, "", { field: warning.field, value: warning.value })}
        </p>
      ))}
    </>
  );
}

/** What was done in the target, in a word; "" for nothing. */
export function doneWord(item: Pick<Item, "op">): string {
  return item.op ? operationName(item.op) : "";
}

export function ItemChanges({ item }: { item: Item }) {
  return <Changes changes={changesOf(item.diff)} />;
}
