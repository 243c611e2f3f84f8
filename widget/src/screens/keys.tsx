// Keys, and the sessions that they lend. A session may look at keys but neither make nor end them, whatever its role: what
// is to be done with one stands here as the command for whoever holds a key.
import { useState } from "preact/hooks";
import { rolesFor } from "../api/access";
import { useCall } from "../api/query";
import { commandLine } from "../api/shell";
import { useFilter } from "../app/address";
import { AccessService, type Key } from "../gen/sigma/v1/access_pb";
import { m } from "../paraglide/messages.js";
import { list, num, toDate } from "../text/format";
import { now } from "../text/time";
import { roleName } from "../text/words";
import { Button, Card, Head, Id, Name, Note, Pill, When } from "../ui/basic";
import { SearchField, Select } from "../ui/form";
import { Empty, Loaded } from "../ui/state";
import { Table } from "../ui/table";
import { Views } from "../ui/views";
import { KeySheet } from "./keys/key";
import { MakeKey } from "./keys/make";
import { Sessions } from "./keys/sessions";
import { keyName, keyState, keyWords } from "./keys/state";

const ROLES = ["owner", "operator", "viewer", "platform"];
const STATES = ["expiring", "expired", "unused", "two_secrets", "only_mint"] as const;

function matches(key: Key, q: string, role: string, state: string): boolean {
  const wanted = q.trim().toLocaleLowerCase();
  const found = !wanted || key.name.toLocaleLowerCase().includes(wanted) || key.keyId.toLocaleLowerCase().includes(wanted);
  return found && (!role || key.roles.includes(role)) && (!state || (keyWords(key, now.value) as string[]).includes(state));
}

function Keys({ keys, href }: { keys: readonly Key[]; href: (key: Key) => string }) {
  return (
    <Table
      label={m.keys_title()}
      rows={keys}
      rowKey={(key) => key.keyId}
      href={href}
      columns={[
        { name: m.keys_name(), main: true, cell: (key) => <Name>{keyName(key)}</Name> },
        { name: m.keys_id(), cell: (key) => <Id>{key.keyId}</Id> },
        { name: m.keys_roles(), cell: (key) => list(key.roles.map(roleName)) },
        {
          name: m.keys_state(),
          cell: (key) => {
            const { text, tone, icon } = keyState(key, now.value);
            return (
              <Pill tone={tone} icon={icon}>
                {text}
              </Pill>
            );
          },
        },
        { name: m.keys_last_used(), cell: (key) => <When at={key.lastUsedAt} /> },
        { name: m.keys_ends(), cell: (key) => <When at={key.expiresAt} otherwise={m.keys_no_end()} /> },
      ]}
    />
  );
}

export default function KeysPage() {
  const filter = useFilter({ q: "", role: "", state: "", key: "" });
  const { q, role, state } = filter.values;
  const [making, setMaking] = useState(false);
  const query = useCall(AccessService.method.listKeys, {});
  const opened = query.data?.keys.find((key) => key.keyId === filter.values.key);
  const narrowed = Boolean(q || role || state);
  return (
    <>
      <Head
        title={m.screen_keys()}
        actions={
          <>
            <Views screen="keys" command={commandLine(["keys", "list"])} />
            <Button look="lead" icon="plus" onClick={() => setMaking(true)}>
              {m.keys_make()}
            </Button>
          </>
        }
      >
        {m.keys_lead()}
      </Head>
      <div class="stack">
        <Note tone="info" icon="lock" title={m.keys_by_command()}>
          <p>{m.keys_by_command_who({ roles: list(rolesFor(AccessService.method.createKey).map(roleName), "disjunction") })}</p>
        </Note>
        <Card title={m.keys_title()} flush>
          <div class="filters in-card" role="search" aria-label={m.filters()}>
            <SearchField label={m.keys_search()} value={q} onSettled={(q) => filter.set({ q })} />
            <Select label={m.keys_roles()} value={role} onChange={(role) => filter.set({ role })} options={[{ value: "", text: m.all() }, ...ROLES.map((word) => ({ value: word, text: roleName(word) }))]} />
            <Select
              label={m.keys_state()}
              value={state}
              onChange={(state) => filter.set({ state })}
              options={[
                { value: "", text: m.all() },
                ...STATES.map((word) => ({ value: word, text: { expiring: m.key_expiring, expired: m.key_expired, unused: m.key_unused, two_secrets: m.key_two_secrets, only_mint: m.key_only_mint }[word]() })),
              ]}
            />
          </div>
          <Loaded query={query}>
            {({ keys }) => {
              const shown = keys.filter((key) => matches(key, q, role, state));
              if (shown.length === 0) {
                return <Empty icon="keys" title={m.keys_none_match()} action={narrowed ? <Button onClick={() => filter.set({ q: "", role: "", state: "" })}>{m.clear_filters()}</Button> : undefined} />;
              }
              return (
                <>
                  <Keys keys={shown} href={(key) => filter.href({ key: key.keyId })} />
                  <p class="soft small pad">{m.keys_shown({ count: keys.length, n: num(keys.length) })}</p>
                  {keys.length === 1 && toDate(keys[0]?.createdAt) && <p class="pad">{m.keys_only_one()}</p>}
                </>
              );
            }}
          </Loaded>
        </Card>
        <Sessions />
      </div>
      {opened && <KeySheet item={opened} keys={query.data?.keys ?? []} onClose={() => filter.set({ key: "" })} />}
      {making && <MakeKey onClose={() => setMaking(false)} />}
    </>
  );
}
