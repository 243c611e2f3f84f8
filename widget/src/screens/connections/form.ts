// What is typed into the forms of the connections: which fields differ from what is stored, which secrets a new address needs,
// and what of it is sent. Decisions only; the screen draws them.
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ConnectionDraftSchema, Settings, UpdateSettingsRequestSchema } from "../../gen/sigma/v1/settings_pb";

/** The settings that are typed, by their names on the wire. */
export const TEXTS = [
  "moodle_base_url",
  "zoho_api_domain",
  "zoho_accounts_url",
  "zoho_client_id",
  "zoho_org_id",
  "zoho_daily_credits",
  "keep_days",
  "time_zone",
] as const;
export type TextName = (typeof TEXTS)[number];
export type SecretName = "moodle_api_token" | "zoho_client_secret" | "zoho_refresh_token";
export type Texts = Readonly<Record<TextName, string>>;
export type Secrets = Readonly<Partial<Record<SecretName, string>>>;

export function textsOf(settings: Settings): Texts {
  return {
    moodle_base_url: settings.moodleBaseUrl ?? "",
    zoho_api_domain: settings.zohoApiDomain ?? "",
    zoho_accounts_url: settings.zohoAccountsUrl ?? "",
    zoho_client_id: settings.zohoClientId ?? "",
    zoho_org_id: settings.zohoOrgId ?? "",
    zoho_daily_credits: settings.zohoDailyCredits?.toString() ?? "",
    keep_days: settings.keepDays?.toString() ?? "",
    time_zone: settings.timeZone ?? "",
  };
}

export function isSet(settings: Settings, secret: SecretName): boolean {
  switch (secret) {
    case "moodle_api_token":
      return settings.moodleApiTokenSet;
    case "zoho_client_secret":
      return settings.zohoClientSecretSet;
    case "zoho_refresh_token":
      return settings.zohoRefreshTokenSet;
  }
}

/** Zoho's data centres: each accounts server belongs to one API domain (docs/src/zoho.md). */
export const CENTRES = [
  { code: "us", accounts: "https://accounts.zoho.com", api: "zohoapis.com" },
  { code: "eu", accounts: "https://accounts.zoho.eu", api: "zohoapis.eu" },
  { code: "in", accounts: "https://accounts.zoho.in", api: "zohoapis.in" },
  { code: "au", accounts: "https://accounts.zoho.com.au", api: "zohoapis.com.au" },
  { code: "jp", accounts: "https://accounts.zoho.jp", api: "zohoapis.jp" },
  { code: "cn", accounts: "https://accounts.zoho.com.cn", api: "zohoapis.com.cn" },
  { code: "ca", accounts: "https://accounts.zohocloud.ca", api: "zohoapis.ca" },
  { code: "sa", accounts: "https://accounts.zoho.sa", api: "zohoapis.sa" },
  { code: "uk", accounts: "https://accounts.zoho.uk", api: "zohoapis.uk" },
  { code: "ae", accounts: "https://accounts.zoho.ae", api: "zohoapis.ae" },
] as const;

/** The kinds of organisations; each begins the host of its API domain. */
export const KINDS = ["www", "sandbox", "developer"] as const;
export type Kind = (typeof KINDS)[number];

/** Scheme, host and port; undefined for what is no address. A bare host is meant with https. */
export function originOf(text: string): string | undefined {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  try {
    const { protocol, origin } = new URL(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
    return protocol === "https:" || protocol === "http:" ? origin : undefined;
  } catch {
    return undefined;
  }
}

const FIRST = { api: `https://www.${CENTRES[0].api}`, accounts: CENTRES[0].accounts };

/** The data centre and the kind of two addresses; undefined if they are typed by hand. Without addresses it is the first. */
export function centreOf(api: string, accounts: string): { code: string; kind: Kind } | undefined {
  const found = { api: originOf(api || FIRST.api), accounts: originOf(accounts || FIRST.accounts) };
  for (const centre of CENTRES) {
    if (centre.accounts !== found.accounts) continue;
    const kind = KINDS.find((kind) => `https://${kind}.${centre.api}` === found.api);
    if (kind) return { code: centre.code, kind };
  }
  return undefined;
}

export function addressesOf(code: string, kind: string): { api: string; accounts: string } {
  const centre = CENTRES.find((centre) => centre.code === code) ?? CENTRES[0];
  return { api: `https://${kind}.${centre.api}`, accounts: centre.accounts };
}

/** The stored secrets that would go to another address than the one that they were given for. */
export function straySecrets(settings: Settings, after: Texts, given: Secrets): SecretName[] {
  const before = textsOf(settings);
  const differs = (name: TextName, otherwise: string) => originOf(before[name] || otherwise) !== originOf(after[name] || otherwise);
  const moodle = originOf(after.moodle_base_url) !== undefined && differs("moodle_base_url", "");
  const zoho = differs("zoho_accounts_url", FIRST.accounts) || differs("zoho_api_domain", FIRST.api);
  const needed: SecretName[] = [...(moodle ? (["moodle_api_token"] as const) : []), ...(zoho ? (["zoho_client_secret", "zoho_refresh_token"] as const) : [])];
  return needed.filter((secret) => isSet(settings, secret) && !given[secret]?.trim());
}

export interface Edit {
  values: Partial<Record<TextName, string>>;
  /** What was stored when the field was first touched. */
  base: Partial<Record<TextName, string>>;
  /** Never stored; see `useDraft`. */
  secrets?: Partial<Record<SecretName, string>>;
}

/** The edit with another value; a value that is the stored one is no edit. */
export function withValue(edit: Edit | undefined, saved: Texts, name: TextName, value: string): Edit {
  const values = { ...edit?.values };
  const base = { ...edit?.base };
  if (value === saved[name]) {
    delete values[name];
    delete base[name];
  } else {
    values[name] = value;
    base[name] ??= saved[name];
  }
  return { ...edit, values, base };
}

export function isEmpty(edit: Edit): boolean {
  return Object.keys(edit.values).length === 0 && !Object.values(edit.secrets ?? {}).some(Boolean);
}

/** The fields that somebody else has changed since they were touched here. */
export function conflictsOf(edit: Edit | undefined, saved: Texts): TextName[] {
  return TEXTS.filter((name) => edit?.values[name] !== undefined && edit.base[name] !== saved[name] && edit.values[name] !== saved[name]);
}

const CAMEL = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The members of a request: addresses without the spaces of pasting, absent ones left out. */
export function updateOf(values: Partial<Record<TextName, string>>, secrets: Secrets): MessageInitShape<typeof UpdateSettingsRequestSchema> {
  const out: Record<string, string | bigint | number> = {};
  for (const [name, value] of Object.entries(values)) {
    const text = value.trim();
    if (name === "zoho_daily_credits") out[CAMEL(name)] = BigInt(text || "0");
    else if (name === "keep_days") out[CAMEL(name)] = Number(text || "0");
    else out[CAMEL(name)] = text;
  }
  for (const [name, value] of Object.entries(secrets)) if (value.trim()) out[CAMEL(name)] = value.trim();
  return out as MessageInitShape<typeof UpdateSettingsRequestSchema>;
}

const TRIED: readonly string[] = ["moodle_base_url", "zoho_api_domain", "zoho_accounts_url", "zoho_client_id"];

/** What a test tries in place of the stored values; undefined if that is nothing. */
export function trialOf(edit: Edit | undefined): MessageInitShape<typeof ConnectionDraftSchema> | undefined {
  const values = Object.fromEntries(Object.entries(edit?.values ?? {}).filter(([name]) => TRIED.includes(name)));
  const draft = updateOf(values, edit?.secrets ?? {});
  return Object.keys(draft).length > 0 ? (draft as MessageInitShape<typeof ConnectionDraftSchema>) : undefined;
}
