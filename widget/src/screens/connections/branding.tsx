// The look of the page for a school: its name, logo, two colours and where people get help, shown as they will be.
import { may } from "../../api/access";
import { useDraft } from "../../api/draft";
import { Failure } from "../../api/failure";
import { changed, useAction, useCall } from "../../api/query";
import { call } from "../../api/transport";
import { BrandMark } from "../../app/brand";
import { type Branding, BrandingService } from "../../gen/sigma/v1/branding_pb";
import { m } from "../../paraglide/messages.js";
import { contrastOf, LEAST } from "../../text/contrast";
import { num } from "../../text/format";
import { Button, Card, Note } from "../../ui/basic";
import { TextField } from "../../ui/form";
import { Conflict, Loaded, Problem } from "../../ui/state";
import { toast } from "../../ui/toast";

const FIELDS = ["name", "logo", "colour", "textColour", "supportUrl"] as const;
type Field = (typeof FIELDS)[number];
type Values = Record<Field, string>;
interface Edit {
  values: Partial<Values>;
  /** What was saved when the editing began. */
  base: Values;
}

const LOGO_MAX = 32 * 1024;
const BAND = { colour: "#0d5c56", textColour: "#f8f5ee" };

const valuesOf = (look: Branding | undefined): Values => ({
  name: look?.name ?? "",
  logo: look?.logo ?? "",
  colour: look?.colour ?? "",
  textColour: look?.textColour ?? "",
  supportUrl: look?.supportUrl ?? "",
});

const NAMES: Record<Field, () => string> = {
  name: () => m.brand_name(),
  logo: () => m.brand_logo(),
  colour: () => m.brand_colour(),
  textColour: () => m.brand_text_colour(),
  supportUrl: () => m.brand_support_url(),
};

/** The band as it would be, with the contrast of its colours. */
function Preview({ values }: { values: Values }) {
  const colour = values.colour || BAND.colour;
  const textColour = values.textColour || BAND.textColour;
  const contrast = contrastOf(colour, textColour);
  const isLow = contrast !== undefined && contrast < LEAST;
  // Rounded down, so that what is too low never reads as enough.
  const shown = num(Math.floor((contrast ?? 0) * 100) / 100);
  return (
    <>
      <div class="brand-band" style={{ background: colour, color: textColour }}>
        <BrandMark look={values} />
        <bdi>{values.name || "sigma-sync"}</bdi>
      </div>
      {contrast !== undefined && (
        <p class={`small ${isLow ? "fault" : "soft"}`} role="status">
          {isLow ? m.brand_contrast_low({ contrast: shown, least: num(LEAST) }) : m.brand_contrast({ contrast: shown })}
        </p>
      )}
    </>
  );
}

function Colour({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <label class="field brand-colour">
      <span class="label">{label}</span>
      <span class="row tight">
        <input type="color" value={value} onInput={(event) => onInput(event.currentTarget.value)} />
        <code dir="ltr">{value}</code>
      </span>
    </label>
  );
}

function Form({ own, shown }: { own: Branding | undefined; shown: Branding | undefined }) {
  const draft = useDraft<Edit>("branding");
  const saved = valuesOf(own);
  const edit = draft.value;
  const now: Values = { ...saved, ...edit?.values };
  const behind = valuesOf(shown);
  const seen = Object.fromEntries(FIELDS.map((field) => [field, now[field] || (saved[field] ? "" : behind[field])])) as Values;
  const conflicts = FIELDS.filter((field) => edit?.values[field] !== undefined && edit.base[field] !== saved[field] && edit.values[field] !== saved[field]);
  const set = (patch: Partial<Values>) => {
    const values = { ...edit?.values, ...patch };
    const base = edit?.base ?? saved;
    for (const field of FIELDS) if (values[field] === base[field]) delete values[field];
    if (Object.keys(values).length === 0) draft.discard();
    else draft.set({ values, base });
  };
  const save = useAction(async () => {
    await call(BrandingService.method.updateBranding, edit?.values ?? {});
    draft.discard();
    changed("settings");
    toast({ text: m.brand_saved() });
  });
  const load = useAction(async (file: File | undefined) => {
    if (!file) return;
    if (file.size > LOGO_MAX) throw new Failure("other", "", m.brand_logo_too_large());
    set({ logo: await file.text() });
  });
  const wire: Record<Field, string> = { name: "name", logo: "logo", colour: "colour", textColour: "text_colour", supportUrl: "support_url" };
  const fault = (field: Field) => save.failure?.fields.find((one) => one.field === wire[field])?.message;
  const contrast = contrastOf(now.colour, now.textColour);
  const isUnreadable = contrast !== undefined && contrast < LEAST;
  const side = (value: (field: Field) => string) => (
    <dl class="pairs">
      {conflicts.map((field) => (
        <div key={field} class="pair">
          <dt>{NAMES[field]()}</dt>
          <dd>
            <bdi>{field === "logo" && value(field) ? m.brand_logo_of({ kib: num(Math.ceil(value(field).length / 1024)) }) : value(field) || m.connections_none()}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (edit && conflicts.length === 0 && !isUnreadable) void save.run();
      }}
    >
      {conflicts.length > 0 && edit && (
        <Conflict
          mine={side((field) => edit.values[field] ?? "")}
          theirs={side((field) => saved[field])}
          keepMine={() => draft.set({ ...edit, base: saved })}
          takeTheirs={() => {
            const values = { ...edit.values };
            for (const field of conflicts) delete values[field];
            if (Object.keys(values).length === 0) draft.discard();
            else draft.set({ values, base: saved });
          }}
        />
      )}
      <Preview values={seen} />
      <div class="three">
        <TextField label={m.brand_name()} help={m.brand_name_help()} value={now.name} maxLength={40} fault={fault("name")} onInput={(name) => set({ name })} />
        <TextField label={m.brand_support_url()} help={m.brand_support_url_help()} dir="ltr" value={now.supportUrl} fault={fault("supportUrl")} onInput={(supportUrl) => set({ supportUrl })} />
        <div class="field">
          <label class="label" for="brand-logo">
            {m.brand_logo()}
          </label>
          <input
            id="brand-logo"
            type="file"
            accept=".svg,image/svg+xml"
            aria-describedby="brand-logo-help"
            onChange={(event) => {
              const input = event.currentTarget;
              void load.run(input.files?.[0]).then(() => (input.value = ""));
            }}
          />
          <span class="help" id="brand-logo-help">
            {m.brand_logo_help()}
          </span>
          {now.logo && (
            <span>
              <Button small look="quiet" onClick={() => set({ logo: "" })}>
                {m.brand_logo_remove()}
              </Button>
            </span>
          )}
        </div>
      </div>
      {fault("logo") && <Note tone="bad" icon="bad" title={<bdi dir="auto">{fault("logo")}</bdi>} />}
      {load.failure && <Note tone="bad" icon="bad" title={load.failure.message} />}
      <div class="row">
        <Colour label={m.brand_colour()} value={now.colour || behind.colour || BAND.colour} onInput={(colour) => set({ colour, textColour: now.textColour || behind.textColour || BAND.textColour })} />
        <Colour label={m.brand_text_colour()} value={now.textColour || behind.textColour || BAND.textColour} onInput={(textColour) => set({ textColour, colour: now.colour || behind.colour || BAND.colour })} />
        {now.colour && (
          <Button look="quiet" onClick={() => set({ colour: "", textColour: "" })}>
            {m.brand_colours_clear()}
          </Button>
        )}
      </div>
      {save.failure && save.failure.fields.length === 0 && <Problem failure={save.failure} inline />}
      <div class="row apart ends-row">
        <span />
        <span class="row tight">
          {edit && (
            <>
              <span class="small soft">{m.connections_unsaved()}</span>
              <Button
                look="quiet"
                onClick={() => {
                  save.clear();
                  draft.discard();
                }}
              >
                {m.connections_discard()}
              </Button>
            </>
          )}
          <Button look="lead" type="submit" busy={save.busy} disabled={!edit || conflicts.length > 0 || isUnreadable}>
            {m.save()}
          </Button>
        </span>
      </div>
    </form>
  );
}

export function BrandingCard() {
  const look = useCall(BrandingService.method.getBranding, {});
  if (!may(BrandingService.method.updateBranding)) return null;
  return (
    <Card title={m.brand_title()} label={m.brand_title()}>
      <Loaded query={look} lines={4}>
        {({ own, shown }) => <Form own={own} shown={shown} />}
      </Loaded>
    </Card>
  );
}
