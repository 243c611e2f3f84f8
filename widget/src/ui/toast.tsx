// Short messages at the edge of the page, read out by screen readers. What went wrong stays until it is closed.
import { signal } from "@preact/signals";
import { m } from "../paraglide/messages.js";
import { Button, ButtonLink } from "./basic";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  to?: { href: string; text: string };
}

const toasts = signal<readonly Toast[]>([]);
let last = 0;

export function toast({ text, bad = false, to }: { text: string; bad?: boolean; to?: { href: string; text: string } }): void {
  last += 1;
  const id = last;
  // The same message again takes the place of the one before; as a new element it is read out anew.
  const others = toasts.value.filter((shown) => shown.text !== text);
  toasts.value = [...others.slice(-3), to ? { id, text, bad, to } : { id, text, bad }];
  if (!bad) setTimeout(() => close(id), to ? 9000 : 5000);
}

function close(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-atomic="false">
      {toasts.value.map(({ id, text, to }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {to && (
            <ButtonLink href={to.href} look="quiet" small>
              {to.text}
            </ButtonLink>
          )}
          <Button icon="close" look="quiet" small label={m.close()} onClick={() => close(id)} />
        </div>
      ))}
    </div>
  );
}
