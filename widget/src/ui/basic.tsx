// The small parts: buttons, links, ids, times, pills, cards, switches.
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { exact, relative } from "../text/format";
import { ahead, now } from "../text/time";
import { m } from "../paraglide/messages.js";
import { Icon, type IconName } from "./icon";
import { toast } from "./toast";

type Look = "lead" | "plain" | "quiet" | "danger" | "danger lead";

interface ButtonProps {
  children?: ComponentChildren;
  icon?: IconName;
  look?: Look;
  small?: boolean;
  busy?: boolean;
  disabled?: boolean | undefined;
  /** Names the button where it shows only a sign. */
  label?: string | undefined;
  type?: "button" | "submit";
  onClick?: (() => void) | undefined;
  expanded?: boolean | undefined;
  id?: string;
}

export function Button({ children, icon, look = "plain", small, busy, disabled, label, type = "button", onClick, expanded, id }: ButtonProps) {
  const square = !children;
  return (
    <button
      id={id}
      type={type}
      class={`button ${look === "plain" ? "" : look}${small ? " small" : ""}${square ? " square" : ""}`}
      disabled={disabled}
      aria-disabled={busy ? "true" : undefined}
      aria-label={label}
      title={square ? label : undefined}
      aria-expanded={expanded}
      onClick={() => {
        if (!busy) onClick?.();
      }}
    >
      {busy ? <Icon name="turn" spin /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ href, icon, look = "plain", small, children, label }: { href: string; icon?: IconName; look?: Look; small?: boolean; children?: ComponentChildren; label?: string }) {
  return (
    <a class={`button ${look === "plain" ? "" : look}${small ? " small" : ""}`} href={href} aria-label={label}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** An address as a link only if it is one of the web; `javascript:` and the like stay text. */
export function safeHref(address: string | undefined): string | undefined {
  if (!address) return undefined;
  try {
    const url = new URL(address);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** A link to another site, or the bare text where the address is not one of the web. */
export function OutLink({ href, children }: { href: string | undefined; children: ComponentChildren }) {
  const safe = safeHref(href);
  if (!safe) return <>{children}</>;
  return (
    <a href={safe} target="_blank" rel="noreferrer noopener">
      {children} <Icon name="out" />
    </a>
  );
}

/** An id, as it is, whatever the direction of the text around it. */
export function Id({ children, copy }: { children: string; copy?: boolean }) {
  return (
    <span class="nowrap-soft">
      <bdi class="id" dir="ltr">
        {children}
      </bdi>
      {copy && <Copy text={children} label={m.copy()} />}
    </span>
  );
}

/** A name or a value that comes from a record: text, in its own direction. */
export function Name({ children }: { children: string }) {
  return <bdi>{children}</bdi>;
}

export function Copy({ text, label, children }: { text: string; label: string; children?: ComponentChildren }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: m.copied() });
    } catch {
      setShown(true);
    }
  };
  // A frame may be denied the clipboard: then the text is shown, to be marked by hand.
  const [shown, setShown] = useState(false);
  return (
    <>
      <Button icon="copy" look="quiet" small label={children ? undefined : label} onClick={() => void copy()}>
        {children}
      </Button>
      {shown && <textarea class="mono" dir="ltr" readOnly rows={3} aria-label={label} value={text} />}
    </>
  );
}

/** "3 minutes ago", with day and time of day behind it. */
export function When({ at, otherwise }: { at: Timestamp | Date | undefined; otherwise?: string }) {
  if (!at) return <span class="soft">{otherwise ?? m.never()}</span>;
  return (
    <time class="nowrap" title={exact(at)}>
      {relative(at, Math.max(now.value, Date.now() + ahead.value))}
    </time>
  );
}

export type Tone = "good" | "warn" | "bad" | "info" | "held" | "none";

/** A state in words, with a shape of its own: never colour alone. */
export function Pill({ tone, icon, children, spin }: { tone: Tone; icon: IconName; children: ComponentChildren; spin?: boolean }) {
  return (
    <span class={`pill tone-${tone}`}>
      <Icon name={icon} spin={spin ?? false} />
      <span>{children}</span>
    </span>
  );
}

interface CardProps {
  title?: ComponentChildren;
  /** What stands at the end of the title's line. */
  aside?: ComponentChildren;
  children?: ComponentChildren;
  /** True for tables: no inner edge. */
  flush?: boolean;
  label?: string;
}

export function Card({ title, aside, children, flush, label }: CardProps) {
  return (
    <section class={`card${flush ? " flush" : ""}`} aria-label={label}>
      {(title || aside) && (
        <div class="title">
          {title && <h2>{title}</h2>}
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

/** The head of a screen: its name, one sentence, and what can be done. */
export function Head({ title, children, actions }: { title: ComponentChildren; children?: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <header class="head">
      <div class="grow">
        <h1>{title}</h1>
        {children && <div class="lead-in">{children}</div>}
      </div>
      {actions && <div class="row tight">{actions}</div>}
    </header>
  );
}

export function Switch({ on, label, disabled, onChange }: { on: boolean; label: string; disabled?: boolean | undefined; onChange: (on: boolean) => void }) {
  return <button type="button" role="switch" class="switch" aria-checked={on} aria-label={label} disabled={disabled} onClick={() => onChange(!on)} />;
}

/** How far something is; without a total it shows only that something is going on. */
export function Meter({ done, total, label, tone }: { done: number; total: number | undefined; label: string; tone?: Tone }) {
  const share = total && total > 0 ? Math.min(1, done / total) : undefined;
  return (
    <div
      class={`meter${share === undefined ? " unsure" : ""}${tone ? ` tone-${tone}` : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(share === undefined ? {} : { "aria-valuenow": Math.round(share * 100) })}
    >
      <span style={share === undefined ? undefined : { "--share": `${share * 100}%` }} />
    </div>
  );
}

/** A remark that stands out. */
export function Note({ tone, icon, title, children }: { tone: Tone; icon: IconName; title?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class={`note tone-${tone}`}>
      <Icon name={icon} />
      <div class="stack tight">
        {title && (
          <p class="strong" dir="auto">
            {title}
          </p>
        )}
        {children}
      </div>
    </div>
  );
}
