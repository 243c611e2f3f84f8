// "What happened to this person?": one box for a name, an address or an id, and who it finds.
import { useState } from "preact/hooks";
import { may } from "../api/access";
import { useCall } from "../api/query";
import { useAction } from "../api/query";
import { call } from "../api/transport";
import { useFilter } from "../app/address";
import { MetadataService, type ZohoRecord } from "../gen/sigma/v1/metadata_pb";
import { type Person, PersonService } from "../gen/sigma/v1/person_pb";
import { m } from "../paraglide/messages.js";
import { iso, num } from "../text/format";
import { Button, Card, Head, Id, Name, Note, When } from "../ui/basic";
import { SearchField } from "../ui/form";
import { Empty, Loaded, Problem } from "../ui/state";
import { SyncRecord } from "../ui/sync";
import { Pager, Table } from "../ui/table";
import { Views } from "../ui/views";
import { PersonView } from "./people/person";
import { commandLine } from "../api/shell";

const isZohoId = (text: string) => /^\d{10,25}$/.test(text);

/** Nobody: the record may still be in Zoho, where it can be looked for and fetched. */
function NeverSeen({ query }: { query: string }) {
  const [found, setFound] = useState<readonly ZohoRecord[]>();
  const search = useAction(async () => {
    const { records } = await call(MetadataService.method.searchZohoRecords, { moduleName: "students", text: query.slice(0, 100), limit: 20 });
    setFound(records);
  });
  return (
    <Card>
      <Empty
        icon="people"
        title={m.people_never_seen({ text: iso(query) })}
        action={
          may(MetadataService.method.searchZohoRecords, "students") && !found ? (
            <Button look="lead" icon="search" busy={search.busy} onClick={() => void search.run()}>
              {m.people_search_zoho()}
            </Button>
          ) : undefined
        }
      >
        {m.people_never_seen_why()}
      </Empty>
      {search.failure && <Problem failure={search.failure} inline />}
      {isZohoId(query) && !found && <SyncRecord module="students" zohoId={query} />}
      {found?.length === 0 && (
        <Note tone="warn" icon="search" title={m.people_not_in_zoho({ text: iso(query) })}>
          <p>{m.people_not_in_zoho_why()}</p>
        </Note>
      )}
      {found && found.length > 0 && (
        <>
          <h3>{m.people_in_zoho()}</h3>
          <Table
            label={m.people_in_zoho()}
            rows={found}
            rowKey={(record) => record.zohoId}
            href={(record) => `#/record/students/${encodeURIComponent(record.zohoId)}`}
            columns={[
              { name: m.people_name(), main: true, cell: (record) => <Name>{record.label || record.zohoId}</Name> },
              { name: m.people_zoho_id(), cell: (record) => <Id>{record.zohoId}</Id> },
            ]}
          />
        </>
      )}
    </Card>
  );
}

function Found({ people }: { people: readonly Person[] }) {
  return (
    <Table
      label={m.screen_people()}
      rows={people}
      rowKey={(person) => person.personId}
      href={(person) => `#/people/${encodeURIComponent(person.personId)}`}
      columns={[
        { name: m.people_name(), main: true, cell: (person) => <Name>{person.name || person.email || person.personId}</Name> },
        { name: m.people_email(), cell: (person) => (person.email ? <Name>{person.email}</Name> : <span class="soft">{m.people_no_email()}</span>) },
        { name: m.people_zoho_id(), cell: (person) => <Id>{person.personId}</Id> },
        { name: m.people_moodle_id(), cell: (person) => (person.moodleId ? <Id>{person.moodleId}</Id> : <span class="soft">{m.people_not_in_moodle()}</span>) },
        { name: m.people_last_seen(), cell: (person) => <When at={person.lastSeenAt} /> },
      ]}
    />
  );
}

export default function People() {
  const filter = useFilter({ q: "", page: "" });
  const text = filter.values.q.trim();
  const query = useCall(PersonService.method.findPeople, { query: text, limit: 20, pageToken: filter.values.page }, { skip: !text });
  return (
    <>
      <Head title={m.screen_people()} actions={<Views screen="people" command={text ? commandLine(["find", text]) : undefined} />}>
        {m.people_lead()}
      </Head>
      <div class="people-box" role="search">
        <SearchField label={m.people_box()} value={filter.values.q} onSettled={(q) => filter.set({ q })} placeholder={m.people_box_hint()} autoFocus />
      </div>
      {!text ? (
        <Empty icon="people" title={m.people_begin()}>
          {m.people_begin_how()}
        </Empty>
      ) : (
        <Loaded query={query}>
          {({ people, nextPageToken }) => {
            const only = people[0];
            if (!only) return <NeverSeen key={text} query={text} />;
            if (people.length === 1 && !filter.values.page) return <PersonView key={only.personId} person={only} />;
            return (
              <Card flush>
                <Found people={people} />
                <Pager first={filter.values.page ? filter.href({ page: "" }) : undefined} next={nextPageToken ? filter.href({ page: nextPageToken }) : undefined}>
                  {m.people_shown({ count: people.length, n: num(people.length) })}
                </Pager>
              </Card>
            );
          }}
        </Loaded>
      )}
    </>
  );
}

