// What a list offers about its filter: to keep it under a name for the school, to open one that was kept, and to copy it as
// a command line.
import { useState } from "preact/hooks";
import { may } from "../api/access";
import { changed, useAction, useCall } from "../api/query";
import { call } from "../api/transport";
import { address } from "../app/address";
import { type SavedView, SavedViewService } from "../gen/sigma/v1/view_pb";
import { m } from "../paraglide/messages.js";
import { iso } from "../text/format";
import { Button, Copy, Name, When } from "./basic";
import { TextField } from "./form";
import { Sheet } from "./sheet";
import { Loaded, Problem } from "./state";
import { toast } from "./toast";

/** The filter of the address as text, without the place in the list, which is another tomorrow. */
export function filterText(query: Readonly<Record<string, string>>): string {
  const { page: _page, events: _events, entry: _entry, ...rest } = query;
  return new URLSearchParams(rest).toString();
}

function Row({ view, path, onOpen }: { view: SavedView; path: string; onOpen: () => void }) {
  const remove = useAction(async () => {
    await call(SavedViewService.method.deleteView, { viewId: view.viewId });
    changed("view");
    toast({ text: m.view_deleted({ name: iso(view.name) }) });
  });
  return (
    <li class="stack tight">
      <div class="row tight">
        <a class="grow strong" href={`#${path}${view.query ? `?${view.query}` : ""}`} onClick={onOpen}>
          <Name>{view.name}</Name>
        </a>
        <span class="soft small">
          <Name>{view.savedBy}</Name> · <When at={view.savedAt} />
        </span>
        {may(SavedViewService.method.deleteView) && (
          <Button small icon="close" look="quiet" label={m.view_delete({ name: iso(view.name) })} busy={remove.busy} onClick={() => void remove.run()} />
        )}
      </div>
      {remove.failure && <Problem failure={remove.failure} inline />}
    </li>
  );
}

function ViewSheet({ screen, onClose }: { screen: string; onClose: () => void }) {
  const [name, setName] = useState("");
  const { path, query } = address.value;
  const views = useCall(SavedViewService.method.listViews, { screen });
  const text = filterText(query);
  const save = useAction(async () => {
    await call(SavedViewService.method.saveView, { name: name.trim(), screen, query: text });
    changed("view");
    setName("");
    toast({ text: m.view_saved() });
  });
  const fault = save.failure?.fields.find(({ field }) => field === "name")?.message;
  return (
    <Sheet title={m.views_title()} onClose={onClose}>
      <Loaded query={views} lines={2}>
        {({ views }) =>
          views.length === 0 ? (
            <p class="soft">{m.views_none()}</p>
          ) : (
            <ul class="stack tight" aria-label={m.views_title()}>
              {views.map((view) => (
                <Row key={view.viewId} view={view} path={path} onOpen={onClose} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {may(SavedViewService.method.saveView) && (
        <form
          class="stack tight"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim()) void save.run();
          }}
        >
          <TextField label={m.view_name()} value={name} onInput={setName} maxLength={100} fault={fault} help={text ? m.view_help() : m.view_help_all()} />
          {save.failure && !fault && <Problem failure={save.failure} inline />}
          <div class="ends">
            <Button onClick={onClose}>{m.close()}</Button>
            <Button type="submit" look="lead" busy={save.busy} disabled={!name.trim()}>
              {m.view_save()}
            </Button>
          </div>
        </form>
      )}
    </Sheet>
  );
}

/** `command`: the list as a command line; nothing to copy if it is undefined. */
export function Views({ screen, command }: { screen: string; command?: string | undefined }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      {command && (
        <Copy text={command} label={m.copy_as_command()}>
          {m.copy_as_command()}
        </Copy>
      )}
      {may(SavedViewService.method.listViews) && (
        <Button small icon="filter" onClick={() => setOpen(true)}>
          {m.views_open()}
        </Button>
      )}
      {open && <ViewSheet screen={screen} onClose={() => setOpen(false)} />}
    </>
  );
}
