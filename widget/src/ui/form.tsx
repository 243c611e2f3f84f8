// Fields of forms and filters, each with its name, its help and what is wrong with it.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { Icon } from "./icon";

interface FieldProps {
  label: string;
  help?: ComponentChildren;
  fault?: string | undefined;
}

function Around({ id, label, help, fault, children }: FieldProps & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {children}
      {help && (
        <span class="help" id={`${id}-help`}>
          {help}
        </span>
      )}
      {fault && (
        <span class="fault" id={`${id}-fault`}>
          <Icon name="bad" /> {fault}
        </span>
      )}
    </div>
  );
}

function describedBy(id: string, help: unknown, fault: unknown): string | undefined {
  const ids = [help ? `${id}-help` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return ids || undefined;
}

interface TextProps extends FieldProps {
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password" | "url" | "number" | "search" | "email" | "datetime-local" | "date";
  placeholder?: string;
  /** `ltr` for what is written in Latin letters whatever the language. */
  dir?: "ltr" | "auto";
  disabled?: boolean | undefined;
  required?: boolean;
  autoFocus?: boolean;
  inputMode?: "numeric" | "text" | "search";
  maxLength?: number;
}

export function TextField({ label, help, fault, value, onInput, type = "text", dir = "auto", autoFocus, ...rest }: TextProps) {
  const id = useId();
  // The types of Preact tie further attributes to each type of input; here the caller chooses.
  const chosen = { type, ...rest } as { type: "text" };
  return (
    <Around id={id} label={label} help={help} fault={fault}>
      <input
        id={id}
        {...chosen}
        dir={dir}
        value={value}
        ref={(element) => {
          if (autoFocus && element && !element.dataset.seen) {
            element.dataset.seen = "1";
            element.focus();
          }
        }}
        autoComplete="off"
        spellcheck={false}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={describedBy(id, help, fault)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Around>
  );
}

export function TextArea({ label, help, fault, value, onInput, rows = 4, dir = "auto", disabled }: FieldProps & { value: string; onInput: (value: string) => void; rows?: number; dir?: "ltr" | "auto"; disabled?: boolean }) {
  const id = useId();
  return (
    <Around id={id} label={label} help={help} fault={fault}>
      <textarea
        id={id}
        rows={rows}
        dir={dir}
        disabled={disabled}
        value={value}
        spellcheck={false}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={describedBy(id, help, fault)}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Around>
  );
}

export interface Option {
  value: string;
  text: string;
}

export function Select({ label, help, fault, value, options, onChange, disabled }: FieldProps & { value: string; options: readonly Option[]; onChange: (value: string) => void; disabled?: boolean | undefined }) {
  const id = useId();
  // A value of an address that is none of the choices is shown as it is, not silently taken for another.
  const known = options.some((option) => option.value === value);
  return (
    <Around id={id} label={label} help={help} fault={fault}>
      <select id={id} value={value} disabled={disabled} aria-describedby={describedBy(id, help, fault)} onChange={(event) => onChange(event.currentTarget.value)}>
        {!known && <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.text}
          </option>
        ))}
      </select>
    </Around>
  );
}

/** A text that takes effect shortly after the last letter. */
export function SearchField({ label, value, onSettled, placeholder, autoFocus }: { label: string; value: string; onSettled: (value: string) => void; placeholder?: string; autoFocus?: boolean }) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return undefined;
    const timer = setTimeout(() => onSettled(typed), 300);
    return () => clearTimeout(timer);
  }, [typed]);
  return <TextField label={label} type="search" value={typed} onInput={setTyped} {...(placeholder ? { placeholder } : {})} {...(autoFocus ? { autoFocus } : {})} />;
}

export function Check({ checked, onChange, children, disabled }: { checked: boolean; onChange: (checked: boolean) => void; children: ComponentChildren; disabled?: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}

/** One of a few. */
export function Choice({ legend, value, options, onChange }: { legend: string; value: string; options: readonly (Option & { help?: string })[]; onChange: (value: string) => void }) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend class="legend">{legend}</legend>
      {options.map((option) => (
        <label class="check" key={option.value}>
          <input type="radio" name={name} value={option.value} checked={option.value === value} onChange={() => onChange(option.value)} />
          <span>
            {option.text}
            {option.help && <span class="soft small choice-help">{option.help}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
