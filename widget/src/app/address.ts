// The address of the page: `#/runs?status=failed`. Screens are found by its path, and a list's filter, order and page live
// in its query, so that they can be sent to a colleague.
import { signal } from "@preact/signals";

export interface Address {
  path: string;
  query: Readonly<Record<string, string>>;
}

export function parseAddress(hash: string): Address {
  const text = hash.replace(/^#/, "");
  const cut = text.indexOf("?");
  const path = (cut < 0 ? text : text.slice(0, cut)) || "/";
  const query = Object.fromEntries(new URLSearchParams(cut < 0 ? "" : text.slice(cut + 1)));
  return { path: path.startsWith("/") ? path : `/${path}`, query };
}

export function writeAddress(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const filled = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]));
  const text = new URLSearchParams(filled).toString();
  return `#${path}${text ? `?${text}` : ""}`;
}

export const address = signal<Address>(parseAddress(location.hash));

export function startAddress(): void {
  addEventListener("hashchange", () => {
    address.value = parseAddress(location.hash);
  });
  address.value = parseAddress(location.hash);
}

export function go(href: string): void {
  location.hash = href.replace(/^#/, "");
}

export interface Filter<K extends string> {
  /** The value of each filter; the default where the address has none. */
  values: Readonly<Record<K, string>>;
  /** The address with these changes. Another filter begins at the first page again. */
  href: (patch: Partial<Record<K, string>>) => string;
  set: (patch: Partial<Record<K, string>>) => void;
  /** True if anything but the page differs from the defaults. */
  isNarrowed: boolean;
  clear: () => void;
}

/**
 * The filter of a list, as the address has it. The members of `defaults` are its names; `page` is that of the page token.
 *
 *     const filter = useFilter({ status: "", module: "", page: "" });
 */
export function useFilter<K extends string>(defaults: Readonly<Record<K, string>>): Filter<K> {
  const { path, query } = address.value;
  const names = Object.keys(defaults) as K[];
  const values = Object.fromEntries(names.map((name) => [name, query[name] ?? defaults[name]])) as Record<K, string>;
  const href = (patch: Partial<Record<K, string>>) => {
    const turned = "page" in patch ? {} : { page: "" };
    const next: Record<string, string | undefined> = { ...query, ...values, ...turned, ...patch };
    // A value that is the default does not lengthen the address.
    for (const name of names) if (next[name] === defaults[name]) next[name] = undefined;
    return writeAddress(path, next);
  };
  return {
    values,
    href,
    // Typing in a filter replaces the address: the way back leads to the list before, not to each letter.
    set: (patch) => {
      history.replaceState(null, "", href(patch));
      address.value = parseAddress(location.hash);
    },
    isNarrowed: names.some((name) => name !== "page" && values[name] !== defaults[name]),
    clear: () => go(writeAddress(path, {})),
  };
}
