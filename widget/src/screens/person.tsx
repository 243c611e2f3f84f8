// The page of one person, by the id in Zoho.
import { useCall } from "../api/query";
import type { ScreenProps } from "../app/screens";
import { PersonService } from "../gen/sigma/v1/person_pb";
import { m } from "../paraglide/messages.js";
import { ButtonLink, Card, Head, Name } from "../ui/basic";
import { Empty, Loaded } from "../ui/state";
import { PersonView } from "./people/person";

export default function PersonPage({ params }: ScreenProps) {
  const id = params.person ?? "";
  const query = useCall(PersonService.method.findPeople, { query: id, limit: 5 });
  const person = query.data?.people.find((person) => person.personId === id);
  return (
    <>
      <Head title={person?.name ? <Name>{person.name}</Name> : m.screen_person()}>
        <a href="#/people">{m.screen_people()}</a>
      </Head>
      <Loaded query={query}>
        {() =>
          person ? (
            <PersonView person={person} named />
          ) : (
            <Card>
              <Empty icon="people" title={m.people_unknown()} action={<ButtonLink href={`#/record/students/${encodeURIComponent(id)}`}>{m.people_open_record()}</ButtonLink>}>
                {m.people_never_seen_why()}
              </Empty>
            </Card>
          )
        }
      </Loaded>
    </>
  );
}
