// Rows and columns; on a phone each row becomes a small card. And the way through pages of a cursor.
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { m } from "../paraglide/messages.js";
import { ButtonLink } from "./basic";

export interface Column<T> {
  name: string;
  cell: (row: T) => ComponentChildren;
  /** Numbers stand at the end. */
  end?: boolean;
  /** The cell that names the row: on a phone it stands alone at the top of the card. */
  main?: boolean;
  /** True: the name of the column is for screen readers only. */
  hideName?: boolean;
}

/** `href` makes the whole row open something: the main cell holds the link. */
export function Table<T>({ label, columns, rows, rowKey, href }: { label: string; columns: readonly Column<T>[]; rows: readonly T[]; rowKey: (row: T) => string; href?: (row: T) => string }) {
  return (
    <table class="table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.name} scope="col" role="columnheader" class={column.end ? "end" : undefined}>
              {column.hideName ? <span class="unseen">{column.name}</span> : column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row" class={href ? "opens" : undefined}>
            {columns.map((column) => (
              <td key={column.name} role="cell" class={`${column.end ? "end" : ""}${column.main ? " main-cell" : ""}`} data-name={column.hideName ? undefined : column.name}>
                {column.main && href ? (
                  <a class="opener" href={href(row)}>
                    {column.cell(row)}
                  </a>
                ) : (
                  column.cell(row)
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const BLOCK = 50;

/** The rows of a list in blocks: one that is out of sight costs nothing, if its style lets the browser skip it. */
export function useBlocks<T>(rows: readonly T[]): readonly (readonly T[])[] {
  return useMemo(() => Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, place) => rows.slice(place * BLOCK, (place + 1) * BLOCK)), [rows]);
}

/** First page and next page of a list by cursor; the way back is the browser's. */
export function Pager({ first, next, children }: { first: string | undefined; next: string | undefined; children?: ComponentChildren }) {
  if (!first && !next && !children) return null;
  return (
    <nav class="pager" aria-label={m.pages()}>
      <span class="soft small">{children}</span>
      <span class="row tight">
        {first && (
          <ButtonLink small href={first}>
            {m.first_page()}
          </ButtonLink>
        )}
        {next && (
          <ButtonLink small href={next} icon="forward">
            {m.next_page()}
          </ButtonLink>
        )}
      </span>
    </nav>
  );
}
