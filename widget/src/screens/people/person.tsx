// One person: who it is, what of it is in Moodle now, and everything that runs did with it, over all modules.
import { useCall } from "../../api/query";
import { seesModule } from "../../api/access";
import { useFilter } from "../../app/address";
import type { Item } from "../../gen/sigma/v1/item_pb";
import { type Person, type PersonLink, PersonService } from "../../gen/sigma/v1/person_pb";
import { m } from "../../paraglide/messages.js";
import { day, num, toDate } from "../../text/format";
import { MODULES, OUTCOME_WORDS, moduleName, outcome, triggerName } from "../../text/words";
import { Button, Card, Id, Name, Pill, When } from "../../ui/basic";
import { Select } from "../../ui/form";
import { Icon } from "../../ui/icon";
import { ItemChanges, OutcomePill, Reason, doneWord } from "../../ui/outcome";
import { Empty, Loaded } from "../../ui/state";
import { SyncRecord } from "../../ui/sync";
import { Pager, Table } from "../../ui/table";
import { recordState, targetName } from "../record/words";

function Links({ person }: { person: Person }) {
  if (person.links.length === 0) return <p class="soft">{m.people_no_links()}</p>;
  const rest = Number(person.linksTotal) - person.links.length;
  return (
    <>
      <Table<PersonLink>
        label={m.people_links()}
        rows={person.links}
        rowKey={(link) => `${link.moduleName} ${link.zohoId} ${link.targetKind}`}
        href={(link) => `#/record/${link.moduleName}/${encodeURIComponent(link.zohoId)}`}
        columns={[
          { name: m.people_module(), main: true, cell: (link) => moduleName(link.moduleName) },
          { name: m.people_object(), cell: (link) => targetName(link.targetKind) },
          { name: m.people_moodle_id(), cell: (link) => <Id>{link.targetId}</Id> },
          {
            name: m.people_state(),
            cell: (link) => {
              const { text, tone, icon } = recordState(link.state);
              return (
                <Pill tone={tone} icon={icon}>
                  {text}
                </Pill>
              );
            },
          },
          { name: m.people_changed(), cell: (link) => <When at={link.updatedAt} /> },
        ]}
      />
      {rest > 0 && <p class="soft small pad">{m.people_more_links({ count: rest, n: num(rest) })}</p>}
    </>
  );
}

function Event({ item }: { item: Item }) {
  const { tone, icon } = outcome(item.status);
  return (
    <li class={`event tone-${tone}`}>
      <span class="event-sign">
        <Icon name={icon} />
      </span>
      <div class="stack tight">
        <p class="row tight">
          <OutcomePill status={item.status} />
          <a class="strong" href={`#/record/${item.moduleName}/${encodeURIComponent(item.zohoId)}`}>
            {moduleName(item.moduleName)}
          </a>
          {doneWord(item) && <span>{doneWord(item)}</span>}
          {item.dryRun && <span class="soft small">{m.people_dry()}</span>}
        </p>
        <Reason item={item} />
        <ItemChanges item={item} />
        <p class="row tight small soft">
          <When at={item.createdAt} />
          <a href={`#/runs/${item.runId}`}>{m.people_in_run({ trigger: triggerName(item.triggerSource) })}</a>
          {item.code && <Id>{item.code}</Id>}
        </p>
      </div>
    </li>
  );
}

/** The events under the day on which they happened. */
function byDay(events: readonly Item[]): [string, Item[]][] {
  const days = new Map<string, Item[]>();
  for (const event of events) {
    const name = toDate(event.createdAt) ? day(event.createdAt) : "";
    const known = days.get(name);
    if (known) known.push(event);
    else days.set(name, [event]);
  }
  return [...days];
}

function Timeline({ personId }: { personId: string }) {
  const filter = useFilter({ module: "", status: "", events: "" });
  const { module, status, events } = filter.values;
  const query = useCall(PersonService.method.listPersonEvents, { personId, module, status, limit: 50, pageToken: events });
  return (
    <Card title={m.people_timeline()}>
      <div class="filters" role="search" aria-label={m.people_timeline()}>
        <Select
          label={m.people_module()}
          value={module}
          options={[{ value: "", text: m.all() }, ...MODULES.filter((word) => seesModule(word)).map((word) => ({ value: word, text: moduleName(word) }))]}
          onChange={(module) => filter.set({ module, events: "" })}
        />
        <Select
          label={m.people_outcome()}
          value={status}
          options={[{ value: "", text: m.all() }, ...OUTCOME_WORDS.map((word) => ({ value: word, text: outcome(word).text }))]}
          onChange={(status) => filter.set({ status, events: "" })}
        />
      </div>
      <Loaded query={query}>
        {(data) =>
          data.events.length === 0 ? (
            <Empty
              icon="filter"
              title={module || status ? m.people_no_events_match() : m.people_no_events()}
              action={module || status ? <Button onClick={() => filter.set({ module: "", status: "", events: "" })}>{m.clear_filters()}</Button> : undefined}
            />
          ) : (
            <>
              {byDay(data.events).map(([name, events]) => (
                <section key={name} class="day" aria-label={name}>
                  <h3 class="day-name">{name}</h3>
                  <ol class="events">
                    {events.map((event) => (
                      <Event key={`${event.runId} ${event.place}`} item={event} />
                    ))}
                  </ol>
                </section>
              ))}
              <Pager first={events ? filter.href({ events: "" }) : undefined} next={data.nextPageToken ? filter.href({ events: data.nextPageToken }) : undefined} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

/** `named`: the head of the page has the name already. */
export function PersonView({ person, named }: { person: Person; named?: boolean }) {
  return (
    <div class="stack">
      <Card
        title={named ? undefined : <Name>{person.name || person.email || person.personId}</Name>}
        aside={named ? undefined : <a href={`#/people/${encodeURIComponent(person.personId)}`}>{m.people_own_page()}</a>}
      >
        <dl class="pairs">
          <dt>{m.people_email()}</dt>
          <dd>{person.email ? <Name>{person.email}</Name> : <span class="soft">{m.people_no_email()}</span>}</dd>
          <dt>{m.people_zoho_id()}</dt>
          <dd>
            <Id copy>{person.personId}</Id>
          </dd>
          <dt>{m.people_moodle_id()}</dt>
          <dd>{person.moodleId ? <Id copy>{person.moodleId}</Id> : <span class="soft">{m.people_not_in_moodle()}</span>}</dd>
          <dt>{m.people_last_seen()}</dt>
          <dd>
            <When at={person.lastSeenAt} />
          </dd>
        </dl>
        <SyncRecord module="students" zohoId={person.personId} lead />
      </Card>
      <Card title={m.people_links()} flush>
        <Links person={person} />
      </Card>
      <Timeline personId={person.personId} />
    </div>
  );
}
