// The source field of a row: chosen from the fields that Zoho has, by label, API name or type, or typed by its API name.
import { useId, useRef, useState } from "preact/hooks";
import type { ZohoField } from "../../gen/sigma/v1/metadata_pb";
import { m } from "../../paraglide/messages.js";
import { num } from "../../text/format";
import { Id, Name } from "../../ui/basic";
import { Icon } from "../../ui/icon";

const SHOWN = 60;

/** The fields that a text finds, those that begin with it first. */
export function findFields(fields: readonly ZohoField[], text: string): ZohoField[] {
  const wanted = text.trim().toLocaleLowerCase();
  if (!wanted) return [...fields];
  const rank = (field: ZohoField) => {
    const names = [field.apiName, field.label].map((name) => name.toLocaleLowerCase());
    if (names.some((name) => name === wanted)) return 0;
    if (names.some((name) => name.startsWith(wanted))) return 1;
    if (names.some((name) => name.includes(wanted))) return 2;
    return field.type.toLocaleLowerCase().includes(wanted) ? 3 : 4;
  };
  return fields
    .map((field) => ({ field, rank: rank(field) }))
    .filter(({ rank }) => rank < 4)
    .sort((one, other) => one.rank - other.rank)
    .map(({ field }) => field);
}

export function FieldFacts({ field, writes }: { field: ZohoField; writes: boolean }) {
  return (
    <span class="field-facts small soft">
      <bdi>{field.type}</bdi>
      {field.maxLength !== undefined && <span>{m.mapping_at_most({ count: field.maxLength, n: num(field.maxLength) })}</span>}
      {field.unique && <span>{m.mapping_unique()}</span>}
      {field.required && <span>{m.mapping_zoho_required()}</span>}
      {!writes && !field.readable && <span class="tone-warn toned">{m.mapping_not_readable()}</span>}
      {writes && !field.writable && <span class="tone-warn toned">{m.mapping_not_writable()}</span>}
    </span>
  );
}

interface SourceProps {
  label: string;
  value: string;
  fields: readonly ZohoField[];
  /** True for grades, which are written into the field. */
  writes: boolean;
  fault?: string | undefined;
  disabled?: boolean | undefined;
  onChange: (value: string) => void;
}

export function SourceField({ label, value, fields, writes, fault, disabled, onChange }: SourceProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string>();
  const [place, setPlace] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const known = fields.find((field) => field.apiName === value);
  const found = open ? findFields(fields, typed ?? "").slice(0, SHOWN) : [];
  const close = () => {
    setOpen(false);
    setTyped(undefined);
    setPlace(-1);
  };
  const choose = (field: ZohoField) => {
    onChange(field.apiName);
    close();
  };
  const step = (by: number) => {
    if (!open) return setOpen(true);
    const next = Math.max(0, Math.min(found.length - 1, place + by));
    setPlace(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const helpId = `${id}-help`;
  return (
    <div class="field source">
      <label class="label" for={id}>
        {label}
      </label>
      <div class="combo">
        <input
          id={id}
          type="text"
          role="combobox"
          dir="ltr"
          autoComplete="off"
          spellcheck={false}
          maxLength={100}
          disabled={disabled}
          value={value}
          aria-expanded={open && found.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && place >= 0 ? `${id}-${place}` : undefined}
          aria-invalid={fault ? "true" : undefined}
          aria-describedby={helpId}
          onFocus={(event) => event.currentTarget.select()}
          onClick={() => setOpen(true)}
          onInput={(event) => {
            setTyped(event.currentTarget.value);
            setOpen(true);
            setPlace(-1);
            onChange(event.currentTarget.value);
          }}
          onBlur={close}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") step(1);
            else if (event.key === "ArrowUp") step(-1);
            else if (event.key === "Enter" && open && place >= 0) {
              const field = found[place];
              if (field) choose(field);
            } else if (event.key === "Escape" && open) close();
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        />
        <ul id={`${id}-list`} role="listbox" aria-label={label} ref={list} class="combo-list" hidden={!open || found.length === 0}>
          {found.map((field, at) => (
            <li
              key={field.apiName}
              id={`${id}-${at}`}
              role="option"
              aria-selected={at === place || (place < 0 && field.apiName === value)}
              onMouseDown={(event) => {
                event.preventDefault();
                choose(field);
              }}
            >
              <span class="strong">
                <Name>{field.label}</Name>
              </span>{" "}
              <Id>{field.apiName}</Id>
              <FieldFacts field={field} writes={writes} />
            </li>
          ))}
        </ul>
      </div>
      <span class="help" id={helpId}>
        {known ? (
          <>
            <Name>{known.label}</Name> <FieldFacts field={known} writes={writes} />
          </>
        ) : value && fields.length > 0 ? (
          <span class="tone-warn toned row tight">
            <Icon name="warn" /> {m.mapping_not_in_zoho()}
          </span>
        ) : (
          ""
        )}
      </span>
      {fault && (
        <span class="fault">
          <Icon name="bad" /> {fault}
        </span>
      )}
    </div>
  );
}
