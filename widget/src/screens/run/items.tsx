// The records of a run: outcome, reason, what changed, and for a failure the call behind it. Filter and page are the address.
import { useMemo, useState } from "preact/hooks";
import { may } from "../../api/access";
import { remedyOf, sentenceOf } from "../../api/codes";
import { useCall } from "../../api/query";
import type { Filter } from "../../app/address";
import { type Item, type ItemExchange, ItemService } from "../../gen/sigma/v1/item_pb";
import { type Run, SyncRunService } from "../../gen/sigma/v1/run_pb";
import { m } from "../../paraglide/messages.js";
import { num, span } from "../../text/format";
import { formatTag } from "../../text/prefs";
import { OUTCOME_WORDS, className, operationName, outcome } from "../../text/words";
import { Button, Card, Id, Pill } from "../../ui/basic";
import { Changes, changesOf } from "../../ui/diff";
import { SearchField, Select } from "../../ui/form";
import { Empty, Loaded, Problem } from "../../ui/state";
import { Pager, useBlocks } from "../../ui/table";
import { useRetry } from "./failures";
import { isActive } from "./parts";

type Names = "status" | "code" | "class" | "zoho" | "page";

function Exchange({ exchange }: { exchange: ItemExchange }) {
  return (
    <div class="stack tight exchange">
      <p class="small">
        <Id>{exchange.method}</Id> · {exchange.httpStatus === undefined ? m.exchange_no_answer() : `HTTP ${num(exchange.httpStatus)}`} · {span(Number(exchange.durationMs))}
        {exchange.tries > 1 && <> · {m.exchange_tries({ count: exchange.tries, n: num(exchange.tries) })}</>}
      </p>
      <pre dir="ltr" tabIndex={0} role="region" aria-label={m.exchange_request()}>
        {exchange.request}
      </pre>
      <pre dir="ltr" tabIndex={0} role="region" aria-label={m.exchange_answer()}>
        {exchange.answer}
      </pre>
      {exchange.cut && <p class="small soft">{m.exchange_cut()}</p>}
    </div>
  );
}

function Exchanges({ item }: { item: Item }) {
  const query = useCall(ItemService.method.listItemExchanges, { runId: item.runId, zohoId: item.zohoId });
  return (
    <Loaded query={query} lines={2}>
      {({ exchanges }) => (exchanges.length === 0 ? <p class="soft small">{m.exchange_none()}</p> : exchanges.map((exchange) => <Exchange key={exchange.place} exchange={exchange} />))}
    </Loaded>
  );
}

function RetryOne({ run, item }: { run: Run; item: Item }) {
  const retry = useRetry(run);
  return (
    <>
      <Button small icon="retry" busy={retry.busy} onClick={() => void retry.run({ ids: [item.zohoId] })}>
        {m.retry_this_record()}
      </Button>
      {retry.failure && <Problem failure={retry.failure} inline />}
    </>
  );
}

function ItemRow({ item, run }: { item: Item; run: Run }) {
  const [open, setOpen] = useState(false);
  const [calls, setCalls] = useState(false);
  const shown = outcome(item.status);
  const reason = item.code || item.message ? sentenceOf(item.code ?? "", item.message ?? "") : "";
  const fields = Object.keys(item.diff ?? {}).length;
  return (
    <li class="item">
      <button type="button" class="item-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Pill tone={shown.tone} icon={shown.icon}>
          {shown.text}
        </Pill>
        <Id>{item.zohoId}</Id>
        <span class="grow item-reason">
          {reason || [item.op && operationName(item.op), fields > 0 && m.item_fields({ count: fields, n: num(fields) })].filter(Boolean).join(" · ")}
        </span>
        {item.warnings.length > 0 && (
          <Pill tone="warn" icon="warn">
            {num(item.warnings.length)}
          </Pill>
        )}
      </button>
      {open && (
        <div class="item-body stack tight">
          {item.code && remedyOf(item.code) && <p>{remedyOf(item.code, {}, item.message)}</p>}
          <Changes changes={changesOf(item.diff)} />
          {item.warnings.map((warning) => (
            <p key={warning.field + warning.code} class="small">
              <Pill tone="warn" icon="warn">
                <Id>{warning.field}</Id>
              </Pill>{" "}
              {sentenceOf(warning.code, "", { field: warning.field, value: warning.value })}
            </p>
          ))}
          <p class="row tight small soft">
            {item.code && <Id>{item.code}</Id>}
            {item.class && <span>{className(item.class)}</span>}
            {item.targetId && (
              <span>
                {m.item_in_moodle()} <Id>{item.targetId}</Id>
              </span>
            )}
            {item.personId && <a href={`#/people/${encodeURIComponent(item.personId)}`}>{m.item_person()}</a>}
          </p>
          {item.status === "FAILED" && (
            <div class="row tight">
              {!isActive(run) && !run.dryRun && may(SyncRunService.method.retryItems, run.moduleName) && <RetryOne run={run} item={item} />}
              <Button small expanded={calls} onClick={() => setCalls(!calls)}>
                {m.exchange_show()}
              </Button>
            </div>
          )}
          {calls && <Exchanges item={item} />}
        </div>
      )}
    </li>
  );
}

function Block({ items, run }: { items: readonly Item[]; run: Run }) {
  // The same rows are not gone through again because something around them has changed.
  const rows = useMemo(() => items.map((item) => <ItemRow key={String(item.place)} item={item} run={run} />), [items, run, formatTag.value]);
  return <ul class="items">{rows}</ul>;
}

function Rows({ items, run }: { items: readonly Item[]; run: Run }) {
  return (
    <>
      {useBlocks(items).map((block, place) => (
        <Block key={place} items={block} run={run} />
      ))}
    </>
  );
}

export function Items({ run, filter }: { run: Run; filter: Filter<Names> }) {
  const { values } = filter;
  const query = useCall(
    ItemService.method.listItems,
    { runId: run.runId, status: values.status, code: values.code, class: values.class, zohoId: values.zoho, pageToken: values.page, limit: 50 },
    { everyMs: isActive(run) ? 3000 : undefined },
  );
  return (
    <Card title={m.items_title()} flush>
      <div class="filters in-card" role="search" aria-label={m.filters()}>
        <Select
          label={m.items_outcome()}
          value={values.status}
          onChange={(status) => filter.set({ status })}
          options={[{ value: "", text: m.all() }, ...OUTCOME_WORDS.map((word) => ({ value: word, text: outcome(word).text }))]}
        />
        <Select
          label={m.items_class()}
          value={values.class}
          onChange={(word) => filter.set({ class: word })}
          options={[{ value: "", text: m.all() }, ...["I", "R", "T"].map((word) => ({ value: word, text: className(word) }))]}
        />
        <SearchField label={m.items_code()} value={values.code} onSettled={(code) => filter.set({ code: code.trim().toUpperCase() })} />
        <SearchField label={m.items_zoho_id()} value={values.zoho} onSettled={(zoho) => filter.set({ zoho: zoho.trim() })} />
      </div>
      <Loaded query={query} lines={6}>
        {({ items, nextPageToken }) =>
          items.length === 0 ? (
            <Empty
              icon="filter"
              title={filter.isNarrowed ? m.items_none_match() : m.items_none()}
              action={filter.isNarrowed ? <Button onClick={() => filter.set({ status: "", code: "", class: "", zoho: "" })}>{m.clear_filters()}</Button> : undefined}
            />
          ) : (
            <>
              <Rows items={items} run={run} />
              <Pager first={values.page ? filter.href({ page: "" }) : undefined} next={nextPageToken ? filter.href({ page: nextPageToken }) : undefined} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
