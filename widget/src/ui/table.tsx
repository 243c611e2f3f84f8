// Rows and columns; on a phone each row becomes a small card. And the way through pages of a cursor.
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
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

const BLOCK = 100;

/**
 * The rows of a list in blocks, of which the first are drawn, and more as `end`, which stands after them, comes near. A block
 * out of sight costs nothing, however many there are, if its style lets the browser skip it.
 */
export function useBlocks<T>(rows: readonly T[]): { blocks: readonly (readonly T[])[]; end: RefObject<HTMLDivElement | null> } {
  const blocks = useMemo(() => Array.from({ length: Math.ceil(rows.length / BLOCK) }, (_, place) => rows.slice(place * BLOCK, (place + 1) * BLOCK)), [rows]);
  const [drawn, setDrawn] = useState(1);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = end.current;
    if (drawn >= blocks.length || !element) return undefined;
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && setDrawn(drawn + 1), { rootMargin: "1500px" });
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [drawn, blocks.length]);
  return { blocks: blocks.slice(0, drawn), end };
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
