// How a key stands: what a person should look at first.
import type { Key } from "../../gen/sigma/v1/access_pb";
import { m } from "../../paraglide/messages.js";
import { toDate } from "../../text/format";
import type { Shown } from "../../text/words";

export type KeyWord = "expired" | "expiring" | "two_secrets" | "unused" | "only_mint";

const SOON_MS = 14 * 86_400_000;

/** Every word that is true of a key, the most urgent first. */
export function keyWords(key: Key, now: number): KeyWord[] {
  const end = toDate(key.expiresAt)?.getTime();
  const words: KeyWord[] = [];
  if (end !== undefined && end <= now) words.push("expired");
  else if (end !== undefined && end - now < SOON_MS) words.push("expiring");
  if (key.secrets.length > 1) words.push("two_secrets");
  if (!key.lastUsedAt) words.push("unused");
  if (key.onlyMint) words.push("only_mint");
  return words;
}

export function keyState(key: Key, now: number): Shown {
  switch (keyWords(key, now)[0]) {
    case "expired":
      return { text: m.key_expired(), tone: "bad", icon: "bad" };
    case "expiring":
      return { text: m.key_expiring(), tone: "warn", icon: "warn" };
    case "two_secrets":
      return { text: m.key_two_secrets(), tone: "info", icon: "turn" };
    case "unused":
      return { text: m.key_unused(), tone: "none", icon: "dash" };
    case "only_mint":
      return { text: m.key_only_mint(), tone: "good", icon: "good" };
    default:
      return { text: m.key_in_use(), tone: "good", icon: "good" };
  }
}

/** The name of a key; the one that was made with its school has none. */
export function keyName(key: Key): string {
  return key.name || m.key_first();
}

/** True for the last owner key: the server does not revoke it (KEY_IS_LAST). What only opens sessions does not make up for it. */
export function isLast(key: Key, keys: readonly Key[], now: number): boolean {
  const isLive = (one: Key) => (toDate(one.expiresAt)?.getTime() ?? Infinity) > now && !one.onlyMint && one.roles.includes("owner");
  const others = keys.filter((other) => other.keyId !== key.keyId && isLive(other) && (!other.expiresAt || key.expiresAt));
  return isLive(key) && others.length === 0;
}
