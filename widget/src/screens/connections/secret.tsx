// A secret: never shown, only "set" or not. It is typed anew or left as it is.
import type { ComponentChildren } from "preact";
import { m } from "../../paraglide/messages.js";
import { Button } from "../../ui/basic";
import { TextField } from "../../ui/form";
import type { Form } from "./edit";
import { isSet, type SecretName } from "./form";

export function SecretField({ form, name, label, readOnly }: { form: Form; name: SecretName; label: string; readOnly: boolean }) {
  const typed = form.secret(name);
  const stored = isSet(form.settings, name);
  const isStray = form.strays.includes(name);
  if (!stored && readOnly) return <SetOrNot label={label} text={m.connections_secret_not_set()} />;
  if (stored && typed === undefined && !isStray) {
    return (
      <SetOrNot label={label} text={m.connections_secret_set()} isSet>
        {!readOnly && (
          <Button small look="quiet" icon="pencil" label={m.connections_replace_label({ name: label })} onClick={() => form.setSecret(name, "")}>
            {m.connections_replace()}
          </Button>
        )}
      </SetOrNot>
    );
  }
  const fault = form.fault(name) ?? (isStray ? m.connections_secret_anew() : undefined);
  return (
    <div class="secret">
      <TextField label={label} type="password" dir="ltr" value={typed ?? ""} fault={fault} onInput={(value) => form.setSecret(name, value)} maxLength={500} />
      {stored && !isStray && (
        <Button small look="quiet" onClick={() => form.setSecret(name, undefined)}>
          {m.connections_keep_stored()}
        </Button>
      )}
    </div>
  );
}

function SetOrNot({ label, text, isSet, children }: { label: string; text: string; isSet?: boolean; children?: ComponentChildren }) {
  return (
    <div class="field">
      <span class="label">{label}</span>
      <div class="row tight apart set">
        <span>
          {isSet && (
            <span aria-hidden="true" class="soft">
              {"•••••••• "}
            </span>
          )}
          {text}
        </span>
        {children}
      </div>
    </div>
  );
}
