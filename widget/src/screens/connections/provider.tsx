// One connection: its switch, its address and secrets, its test.
import type { ComponentChildren } from "preact";
import { may } from "../../api/access";
import { changed, useAction, type Query } from "../../api/query";
import { call } from "../../api/transport";
import { type GetUsageResponse, type ProviderUsage, type Settings, SettingsService } from "../../gen/sigma/v1/settings_pb";
import { m } from "../../paraglide/messages.js";
import { num, percent } from "../../text/format";
import { Button, Card, Id, Meter, Note, Pill, Switch, When } from "../../ui/basic";
import { Select, TextField } from "../../ui/form";
import { Conflict, Problem } from "../../ui/state";
import { sentenceOf } from "../../api/codes";
import { useForm, type Form } from "./edit";
import { addressesOf, centreOf, CENTRES, KINDS } from "./form";
import { MoodleHelp, ZohoHelp } from "./help";
import { SecretField } from "./secret";
import { Stages, useTrial, type Provider } from "./stages";
import { useState } from "preact/hooks";

const UPDATE = SettingsService.method.updateSettings;
const FIELD_NAMES: Record<string, () => string> = {
  moodle_base_url: () => m.connections_moodle_url(),
  zoho_api_domain: () => m.connections_api_domain(),
  zoho_accounts_url: () => m.connections_accounts_url(),
  zoho_client_id: () => m.connections_client_id(),
  zoho_org_id: () => m.connections_org_id(),
  zoho_daily_credits: () => m.connections_daily_credits(),
  keep_days: () => m.connections_keep_days(),
  time_zone: () => m.connections_time_zone(),
};

/** What somebody else has saved in the fields that are being edited. */
export function Meanwhile({ form }: { form: Form }) {
  if (form.conflicts.length === 0) return null;
  const side = (value: (name: (typeof form.conflicts)[number]) => string) => (
    <dl class="pairs">
      {form.conflicts.map((name) => (
        <div key={name} class="pair">
          <dt>{FIELD_NAMES[name]?.()}</dt>
          <dd>{value(name) ? <Id>{value(name)}</Id> : <span class="soft">{m.connections_none()}</span>}</dd>
        </div>
      ))}
    </dl>
  );
  return <Conflict mine={side((name) => form.now[name])} theirs={side((name) => form.saved[name])} keepMine={form.keepMine} takeTheirs={form.takeTheirs} />;
}

/** Buttons of a form, with what has not been saved. */
export function Ends({ form, children }: { form: Form; children?: ComponentChildren }) {
  const blocked = form.strays.length > 0 || form.conflicts.length > 0;
  return (
    <>
      {form.save.failure && <Problem failure={form.save.failure} inline />}
      <div class="row apart ends-row">
        <span class="row tight">{children}</span>
        <span class="row tight">
          {form.edit && (
            <>
              <span class="small soft">{m.connections_unsaved()}</span>
              <Button look="quiet" onClick={form.discard}>
                {m.connections_discard()}
              </Button>
            </>
          )}
          <Button look="lead" type="submit" busy={form.save.busy} disabled={!form.isChanged || blocked}>
            {m.save()}
          </Button>
        </span>
      </div>
    </>
  );
}

function stateOf(settings: Settings, provider: Provider, usage: ProviderUsage | undefined) {
  const enabled = provider === "zoho" ? settings.zohoEnabled : settings.moodleEnabled;
  const complete = provider === "zoho" ? settings.zohoRefreshTokenSet && settings.zohoClientSecretSet && Boolean(settings.zohoClientId) : settings.moodleApiTokenSet && Boolean(settings.moodleBaseUrl);
  if (!enabled) return { tone: "none", icon: "off", text: m.connection_off(), enabled } as const;
  if (!complete) return { tone: "warn", icon: "warn", text: m.connection_incomplete(), enabled } as const;
  if (usage?.blockedUntil) return { tone: "held", icon: "held", text: m.connection_paused(), enabled } as const;
  return { tone: "good", icon: "good", text: m.connection_ready(), enabled } as const;
}

function Usage({ row }: { row: ProviderUsage | undefined }) {
  if (!row) return null;
  const limit = row.creditsLimit;
  const used = Number(row.credits);
  return (
    <div class="stack tight usage">
      {row.blockedUntil && (
        <Note tone="held" icon="held" title={row.blockedReason ? sentenceOf(row.blockedReason) : m.connection_paused()}>
          <p class="small">
            {m.connections_paused_until()} <When at={row.blockedUntil} />
          </p>
        </Note>
      )}
      {limit !== undefined && Number(limit) > 0 && (
        <>
          <Meter done={used} total={Number(limit)} label={m.connections_credits()} tone={used / Number(limit) > 0.9 ? "bad" : used / Number(limit) > 0.7 ? "warn" : "good"} />
          <p class="small">{m.connections_credits_left({ count: Math.max(0, Number(limit) - used), n: num(Math.max(0, Number(limit) - used)), share: percent(used / Number(limit)) })}</p>
        </>
      )}
      <p class="small soft">
        {m.connections_calls({ count: Number(row.calls), n: num(row.calls) })}
        {row.provider === "zoho" && limit === undefined && ` · ${m.connections_credits_used({ count: used, n: num(used) })}`}
      </p>
    </div>
  );
}

function ZohoFields({ form, readOnly }: { form: Form; readOnly: boolean }) {
  const { now } = form;
  const found = centreOf(now.zoho_api_domain, now.zoho_accounts_url);
  const [byHand, setByHand] = useState(!found);
  const isByHand = byHand || !found;
  const NAMES: Record<string, () => string> = {
    us: () => m.connections_centre_us(),
    eu: () => m.connections_centre_eu(),
    in: () => m.connections_centre_in(),
    au: () => m.connections_centre_au(),
    jp: () => m.connections_centre_jp(),
    cn: () => m.connections_centre_cn(),
    ca: () => m.connections_centre_ca(),
    sa: () => m.connections_centre_sa(),
    uk: () => m.connections_centre_uk(),
    ae: () => m.connections_centre_ae(),
  };
  const kindNames = { www: m.connections_kind_www(), sandbox: m.connections_kind_sandbox(), developer: m.connections_kind_developer() };
  const choose = (code: string, kind: string) => {
    const { api, accounts } = addressesOf(code, kind);
    form.set({ zoho_api_domain: api, zoho_accounts_url: accounts });
  };
  return (
    <>
      <div class="two">
        <Select
          label={m.connections_centre()}
          help={m.connections_centre_help()}
          disabled={readOnly}
          value={isByHand ? "other" : found.code}
          options={[...CENTRES.map(({ code }) => ({ value: code, text: NAMES[code]?.() ?? code })), { value: "other", text: m.connections_centre_other() }]}
          onChange={(code) => {
            setByHand(code === "other");
            if (code !== "other") choose(code, found?.kind ?? "www");
          }}
        />
        {!isByHand && (
          <Select label={m.connections_kind()} disabled={readOnly} value={found.kind} options={KINDS.map((kind) => ({ value: kind, text: kindNames[kind] }))} onChange={(kind) => choose(found.code, kind)} />
        )}
      </div>
      {isByHand && (
        <div class="two">
          <TextField label={m.connections_api_domain()} dir="ltr" disabled={readOnly} value={now.zoho_api_domain} fault={form.fault("zoho_api_domain")} onInput={(value) => form.set({ zoho_api_domain: value })} maxLength={255} />
          <TextField label={m.connections_accounts_url()} dir="ltr" disabled={readOnly} value={now.zoho_accounts_url} fault={form.fault("zoho_accounts_url")} onInput={(value) => form.set({ zoho_accounts_url: value })} maxLength={255} />
        </div>
      )}
      <div class="two">
        <TextField label={m.connections_client_id()} dir="ltr" disabled={readOnly} value={now.zoho_client_id} fault={form.fault("zoho_client_id")} onInput={(value) => form.set({ zoho_client_id: value })} maxLength={255} />
        <TextField label={m.connections_org_id()} help={m.connections_org_help()} dir="ltr" disabled={readOnly} value={now.zoho_org_id} fault={form.fault("zoho_org_id")} onInput={(value) => form.set({ zoho_org_id: value })} maxLength={100} />
      </div>
      <SecretField form={form} name="zoho_client_secret" label={m.connections_client_secret()} readOnly={readOnly} />
      <SecretField form={form} name="zoho_refresh_token" label={m.connections_refresh_token()} readOnly={readOnly} />
    </>
  );
}

function MoodleFields({ form, readOnly }: { form: Form; readOnly: boolean }) {
  return (
    <>
      <TextField
        label={m.connections_moodle_url()}
        help={m.connections_moodle_url_help()}
        dir="ltr"
        disabled={readOnly}
        value={form.now.moodle_base_url}
        fault={form.fault("moodle_base_url")}
        onInput={(value) => form.set({ moodle_base_url: value })}
        maxLength={500}
      />
      <SecretField form={form} name="moodle_api_token" label={m.connections_moodle_token()} readOnly={readOnly} />
    </>
  );
}

export function ProviderCard({ provider, settings, usage }: { provider: Provider; settings: Settings; usage: Query<GetUsageResponse> }) {
  const form = useForm(provider, settings);
  const trial = useTrial(provider, form.hear);
  const row = usage.data?.providers.find((row) => row.provider === provider);
  const state = stateOf(settings, provider, row);
  const readOnly = !may(UPDATE);
  const mayTest = may(SettingsService.method.testConnection);
  const name = provider === "zoho" ? "Zoho CRM" : "Moodle";
  // The switch moves at once and goes back if the server refuses.
  const [wanted, setWanted] = useState<boolean>();
  const turn = useAction(async (on: boolean) => {
    setWanted(on);
    try {
      await call(UPDATE, provider === "zoho" ? { zohoEnabled: on } : { moodleEnabled: on });
      changed("settings");
    } catch (error) {
      setWanted(undefined);
      throw error;
    }
  });
  const isOn = wanted ?? state.enabled;
  return (
    <Card
      label={name}
      title={
        <span class="row tight">
          {name} <Pill {...state}>{state.text}</Pill>
        </span>
      }
      aside={<Switch on={isOn} disabled={readOnly} label={m.connections_switch({ name })} onChange={(on) => void turn.run(on)} />}
    >
      {turn.failure && <Problem failure={turn.failure} inline />}
      {!isOn && <p class="small soft">{provider === "zoho" ? m.connections_zoho_off() : m.connections_moodle_off()}</p>}
      <Usage row={row} />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (form.isChanged && form.strays.length === 0 && form.conflicts.length === 0) void form.save.run();
        }}
      >
        <Meanwhile form={form} />
        {form.strays.length > 0 && (
          <Note tone="warn" icon="lock" title={m.connections_anew_title()}>
            <p class="small">{m.connections_anew_why()}</p>
          </Note>
        )}
        {provider === "zoho" ? <ZohoFields form={form} readOnly={readOnly} /> : <MoodleFields form={form} readOnly={readOnly} />}
        {provider === "zoho" ? <ZohoHelp now={form.now} /> : <MoodleHelp />}
        <Stages provider={provider} trial={trial} />
        {(!readOnly || mayTest) && (
          <Ends form={form}>
            {mayTest && (
              <Button icon="play" busy={trial.busy} disabled={form.strays.length > 0} onClick={() => trial.run(form.edit)}>
                {form.edit ? m.connections_test_draft() : m.connections_test()}
              </Button>
            )}
          </Ends>
        )}
      </form>
    </Card>
  );
}
