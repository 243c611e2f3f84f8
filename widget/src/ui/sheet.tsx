// A sheet above the page: the browser's own dialog, which keeps the keyboard inside and closes with Escape.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "../api/failure";
import { m } from "../paraglide/messages.js";
import { num } from "../text/format";
import { Button } from "./basic";
import { TextField } from "./form";
import { Problem } from "./state";

export function Sheet({ title, onClose, children, wide, kind }: { title: string; onClose?: (() => void) | undefined; children: ComponentChildren; wide?: boolean; kind?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the next key: what is typed right after the press that opens a sheet belongs into it.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`sheet${wide ? " wide" : ""}${kind ? ` ${kind}` : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose?.();
      }}
    >
      <div class="in">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

/** The greatest number of things that one press may change for good; above it the number is typed. */
export const TYPED_ABOVE = 20;

interface ConfirmProps {
  title: string;
  children?: ComponentChildren;
  /** What the button says, with the number in it. */
  action: string;
  /** How many things it changes; typed above 20. */
  count?: number;
  danger?: boolean;
  busy: boolean;
  failure: Failure | undefined;
  onConfirm: () => void;
  onClose: () => void;
}

/** Reads a typed number in Latin or Arabic digits. */
export function readNumber(text: string): number | undefined {
  const latin = text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf)).replace(/[,٬\s]/g, "");
  return /^\d{1,9}$/.test(latin) ? Number(latin) : undefined;
}

/** Asks before something is done, and asks for the number where it is great. */
export function Confirm({ title, children, action, count, danger, busy, failure, onConfirm, onClose }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const asks = count !== undefined && count > TYPED_ABOVE;
  const ready = !asks || readNumber(typed) === count;
  return (
    <Sheet title={title} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) onConfirm();
        }}
      >
        {children}
        {asks && <TextField label={m.type_the_number({ n: num(count) })} value={typed} onInput={setTyped} inputMode="numeric" dir="ltr" autoFocus />}
        {failure && <Problem failure={failure} inline />}
        <div class="ends">
          <Button onClick={onClose}>{m.cancel()}</Button>
          <Button type="submit" look={danger ? "danger lead" : "lead"} busy={busy} disabled={!ready}>
            {action}
          </Button>
        </div>
      </form>
    </Sheet>
  );
}
