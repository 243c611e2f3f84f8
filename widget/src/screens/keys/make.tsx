// A key to make: chosen here, made by the command, which shows the secret once, where the page never sees it.
import { useState } from "preact/hooks";
import { commandLine } from "../../api/shell";
import { session } from "../../api/session";
import { m } from "../../paraglide/messages.js";
import { roleName } from "../../text/words";
import { Button, Note } from "../../ui/basic";
import { Code } from "../../ui/code";
import { Check, Choice, TextArea, TextField } from "../../ui/form";
import { Sheet } from "../../ui/sheet";
import { UseKey } from "./use";

const CIDR = /^[0-9a-fA-F.:]+(?:\/\d{1,3})?$/;

export function MakeKey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState("viewer");
  const [expires, setExpires] = useState("");
  const [networks, setNetworks] = useState("");
  const [onlyMint, setOnlyMint] = useState(false);
  const from = networks.split(/[\s,]+/).filter(Boolean);
  const wrong = from.find((network) => !CIDR.test(network));
  const past = Boolean(expires) && Date.parse(`${expires}T00:00:00Z`) <= Date.now();
  const command = commandLine(["keys", "create"], {
    name: name.trim() || "…",
    roles: role,
    expires: expires ? `${expires}T00:00:00Z` : undefined,
    from: from.join(",") || undefined,
    "only-mint": onlyMint || undefined,
  });
  const ready = name.trim() && !wrong && !past && from.length <= 20;
  return (
    <Sheet title={m.keys_make()} onClose={onClose} wide>
      <TextField label={m.make_name()} value={name} onInput={setName} maxLength={100} autoFocus />
      <Choice
        legend={m.make_role()}
        value={role}
        onChange={setRole}
        options={[
          { value: "viewer", text: roleName("viewer"), help: m.make_viewer_help() },
          { value: "operator", text: roleName("operator"), help: m.make_operator_help() },
          { value: "owner", text: roleName("owner"), help: m.make_owner_help() },
        ]}
      />
      <TextField label={m.make_expires()} type="date" dir="ltr" value={expires} onInput={setExpires} help={m.make_expires_help()} fault={past ? m.make_expires_past() : undefined} />
      <TextArea
        label={m.make_networks()}
        dir="ltr"
        rows={2}
        value={networks}
        onInput={setNetworks}
        help={m.make_networks_help()}
        fault={wrong ? m.make_networks_wrong({ network: wrong }) : from.length > 20 ? m.make_networks_many() : undefined}
      />
      <Check checked={onlyMint} onChange={setOnlyMint}>
        {m.make_only_mint()}
      </Check>
      {ready ? (
        <div class="stack tight">
          <h3>{m.make_then()}</h3>
          <Code text={command} label={m.make_command()} />
          <Note tone="warn" icon="keys" title={m.make_secret_once()}>
            <p>{m.make_secret_file()}</p>
          </Note>
          <h3>{m.make_use()}</h3>
          <UseKey keyId="ek_…" tenant={session.value?.tenantId ?? ""} />
        </div>
      ) : (
        <p class="soft">{m.make_need_name()}</p>
      )}
      <div class="ends">
        <Button onClick={onClose}>{m.close()}</Button>
      </div>
    </Sheet>
  );
}
