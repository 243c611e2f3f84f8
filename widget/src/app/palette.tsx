// Ctrl-K: every screen and every module's runs by their names, and a person by what is typed.
import { signal } from "@preact/signals";
import { useEffect, useId, useState } from "preact/hooks";
import { may, seesModule } from "../api/access";
import { PersonService } from "../gen/sigma/v1/person_pb";
import { SyncRunService } from "../gen/sigma/v1/run_pb";
import { m } from "../paraglide/messages.js";
import { iso } from "../text/format";
import { MODULES, moduleName } from "../text/words";
import { Icon, type IconName } from "../ui/icon";
import { Sheet } from "../ui/sheet";
import { go, writeAddress } from "./address";
import { SCREENS } from "./screens";

export const paletteOpen = signal(false);

export function startPalette(): void {
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.code === "KeyK") {
      event.preventDefault();
      paletteOpen.value = !paletteOpen.value;
    }
  });
}

interface Entry {
  id: string;
  icon: IconName;
  text: string;
  href: string;
}

function entriesFor(typed: string): Entry[] {
  const screens = SCREENS.filter((screen) => screen.nav && may(screen.needs)).map((screen) => ({
    id: screen.path,
    icon: screen.nav?.icon ?? ("forward" as const),
    text: screen.title(),
    href: `#${screen.path}`,
  }));
  const runs = may(SyncRunService.method.listRuns)
    ? MODULES.filter((module) => seesModule(module)).map((module) => ({
        id: `runs:${module}`,
        icon: "runs" as const,
        text: m.palette_runs_of({ module: moduleName(module) }),
        href: writeAddress("/runs", { module }),
      }))
    : [];
  const wanted = typed.trim().toLocaleLowerCase();
  const found = [...screens, ...runs].filter((entry) => entry.text.toLocaleLowerCase().includes(wanted));
  if (wanted && may(PersonService.method.findPeople)) {
    found.push({ id: "person", icon: "people", text: m.palette_find_person({ text: iso(typed.trim()) }), href: writeAddress("/people", { q: typed.trim() }) });
  }
  return found.slice(0, 10);
}

export function Palette() {
  const [typed, setTyped] = useState("");
  const [marked, setMarked] = useState(0);
  const id = useId();
  const entries = entriesFor(typed);
  const place = Math.min(marked, entries.length - 1);
  useEffect(() => setMarked(0), [typed]);
  const close = () => (paletteOpen.value = false);
  const open = (entry: Entry | undefined) => {
    if (!entry) return;
    close();
    go(entry.href);
  };
  return (
    <Sheet title={m.palette_title()} onClose={close} kind="palette">
      <input
        type="text"
        role="combobox"
        aria-label={m.palette_title()}
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={entries[place] ? `${id}-${place}` : undefined}
        autoComplete="off"
        placeholder={m.palette_hint()}
        value={typed}
        ref={(element) => {
          if (element && document.activeElement !== element) element.focus();
        }}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") setMarked(Math.min(place + 1, entries.length - 1));
          else if (event.key === "ArrowUp") setMarked(Math.max(place - 1, 0));
          else if (event.key === "Enter") open(entries[place]);
          else return;
          event.preventDefault();
        }}
      />
      <ul role="listbox" id={id} aria-label={m.palette_title()}>
        {entries.map((entry, row) => (
          <li key={entry.id} id={`${id}-${row}`} role="option" aria-selected={row === place} onClick={() => open(entry)} onPointerMove={() => setMarked(row)}>
            <Icon name={entry.icon} />
            {entry.text}
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
