// Arguments of a command line, quoted where a shell would read them otherwise.
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `sigma-sync keys create --name x`: flags without a value are left out, `true` stands for a flag without one. */
export function commandLine(words: readonly string[], flags: Readonly<Record<string, string | boolean | undefined>> = {}): string {
  const set = Object.entries(flags).flatMap(([flag, value]) => {
    if (value === true) return [`--${flag}`];
    return value ? [`--${flag}`, quoted(value)] : [];
  });
  return ["sigma-sync", ...words.map(quoted), ...set].join(" ");
}
