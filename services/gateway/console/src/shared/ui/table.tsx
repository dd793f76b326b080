// A real table of which only the rows in sight are drawn. Rows are known by id: while others come
// and go above, the row that is focused (else the first in sight) stays where it is.
import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import {
  Fragment,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { useSettings } from "../settings.ts";
import styles from "./table.module.css";

export interface Column<R> {
  key: string;
  head: ReactNode;
  cell: (row: R) => ReactNode;
  width?: string;
  numeric?: boolean;
  // Cut with an ellipsis where it is too long.
  cut?: boolean;
  // Of a column that can be sorted by: what its head does.
  onSort?: () => void;
  sorted?: "ascending" | "descending" | undefined;
  className?: string | undefined;
}

export interface TableProps<R> {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  idOf: (row: R) => string;
  rowClass?: (row: R) => string | undefined;
  rowHeight?: number;
  // The row whose panel is open.
  currentId?: string | undefined;
  onOpen?: (row: R) => void;
  // Single keys, only while the focus is on the list: "a" → what to do with the focused row.
  keys?: Record<string, (row: R, id: string) => void>;
  onFocusRow?: (id: string | undefined) => void;
  // How many rows that were not there before stand above what is in sight.
  above?: (count: number, show: () => void) => ReactNode;
  empty: ReactNode;
}

export function Table<R>(props: TableProps<R>) {
  const { rows, columns, idOf, keys, onOpen, rowHeight = 44, currentId } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [focusId, setFocusId] = useState<string | undefined>(currentId);
  const focusInside = useRef(false);
  const { shortcuts } = useSettings();
  const focusIndex = focusId === undefined ? -1 : rows.findIndex((row) => idOf(row) === focusId);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => idOf(rows[index]!),
    overscan: 12,
    // The focused row stays drawn wherever it is, or it would lose the focus.
    rangeExtractor: (range) => {
      const drawn = defaultRangeExtractor(range);
      return focusIndex < 0 || drawn.includes(focusIndex)
        ? drawn
        : [...drawn, focusIndex].sort((a, b) => a - b);
    },
  });
  const news = useStayInPlace({
    scroller,
    rows,
    idOf,
    rowHeight,
    focusId: focusInside.current || currentId ? (focusId ?? currentId) : undefined,
  });

  const focusRow = useCallback(
    (index: number) => {
      const row = rows[Math.min(rows.length - 1, Math.max(0, index))];
      if (!row) return;
      const id = idOf(row);
      setFocusId(id);
      virtual.scrollToIndex(rows.indexOf(row));
      requestAnimationFrame(() => rowElement(scroller.current, id)?.focus());
    },
    [rows, idOf, virtual],
  );

  useEffect(() => {
    props.onFocusRow?.(focusId);
  }, [focusId, props.onFocusRow]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.target as HTMLElement).closest("input, textarea, select")) return;
    const at = focusIndex;
    const move = (index: number) => {
      event.preventDefault();
      focusRow(index);
    };
    switch (event.key) {
      case "ArrowDown":
        return move(at + 1);
      case "ArrowUp":
        return move(Math.max(0, at - 1));
      case "Home":
        return move(0);
      case "End":
        return move(rows.length - 1);
      case "Enter": {
        const row = rows[at];
        if (row && event.target instanceof HTMLTableRowElement) onOpen?.(row);
        return;
      }
    }
    if (!shortcuts) return;
    if (event.key === "j") return move(at + 1);
    if (event.key === "k") return move(Math.max(0, at - 1));
    const row = rows[at];
    const act = keys?.[event.key];
    if (act && row) {
      event.preventDefault();
      act(row, idOf(row));
    }
  };

  useLayoutEffect(() => {
    if (!focusInside.current || focusId === undefined || document.activeElement !== document.body)
      return;
    rowElement(scroller.current, focusId)?.focus({ preventScroll: true });
  });

  const items = virtual.getVirtualItems();
  const last = items.at(-1);
  const tabStop = rows.some((row) => idOf(row) === focusId) ? focusId : rows[0] && idOf(rows[0]);
  return (
    <div className={styles.frame}>
      {news.count > 0 && props.above?.(news.count, news.show)}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the rows within */}
      <div
        ref={scroller}
        className={styles.scroller}
        onKeyDown={onKeyDown}
        onFocus={() => {
          focusInside.current = true;
        }}
        onBlur={() => {
          focusInside.current = false;
        }}
      >
        <table className={styles.table} aria-label={props.label} aria-rowcount={rows.length + 1}>
          <colgroup>
            {columns.map((column) => (
              <col key={column.key} className={column.className} style={{ width: column.width }} />
            ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  aria-sort={column.sorted}
                  className={[column.numeric && "num", column.className].filter(Boolean).join(" ")}
                >
                  {column.onSort ? (
                    <button type="button" className={styles.sort} onClick={column.onSort}>
                      {column.head}
                      {column.sorted && (
                        <span aria-hidden="true">{column.sorted === "ascending" ? "↑" : "↓"}</span>
                      )}
                    </button>
                  ) : (
                    column.head
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map((item, place) => {
              const row = rows[item.index]!;
              const id = idOf(row);
              const gap = item.start - (items[place - 1]?.end ?? 0);
              return (
                <Fragment key={item.key}>
                  <Spacer height={gap} columns={columns.length} />
                  <Row
                    id={id}
                    row={row}
                    index={item.index}
                    columns={columns as readonly Column<unknown>[]}
                    current={id === currentId}
                    tabStop={id === tabStop}
                    className={props.rowClass?.(row)}
                    height={rowHeight}
                    setFocusId={setFocusId}
                    onOpen={onOpen as ((row: unknown) => void) | undefined}
                  />
                </Fragment>
              );
            })}
            {last && <Spacer height={virtual.getTotalSize() - last.end} columns={columns.length} />}
          </tbody>
        </table>
        {rows.length === 0 && props.empty}
      </div>
    </div>
  );
}

// Drawn anew only when something of it is another: with many rows coming and going, most stay.
const Row = memo(function Row({
  id,
  row,
  index,
  columns,
  current,
  tabStop,
  className,
  height,
  setFocusId,
  onOpen,
}: {
  id: string;
  row: unknown;
  index: number;
  columns: readonly Column<unknown>[];
  current: boolean;
  tabStop: boolean;
  className: string | undefined;
  height: number;
  setFocusId: (id: string) => void;
  onOpen: ((row: unknown) => void) | undefined;
}) {
  return (
    <tr
      data-id={id}
      aria-rowindex={index + 2}
      aria-current={current || undefined}
      tabIndex={tabStop ? 0 : -1}
      className={className}
      style={{ height }}
      onFocus={() => setFocusId(id)}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("a, button, input, label")) return;
        setFocusId(id);
        onOpen?.(row);
      }}
    >
      {columns.map((column) => (
        <td
          key={column.key}
          className={[column.numeric && "num", column.cut && styles.cut, column.className]
            .filter(Boolean)
            .join(" ")}
        >
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
});

function rowElement(within: HTMLElement | null, id: string): HTMLElement | null {
  return within?.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(id)}"]`) ?? null;
}

function Spacer({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden="true" className={styles.spacer}>
      <td colSpan={columns} style={{ height }} />
    </tr>
  );
}

// Before the rows are drawn anew it is known which row to hold on to; after, the scroll offset is
// moved by as much as that row was.
function useStayInPlace<R>({
  scroller,
  rows,
  idOf,
  rowHeight,
  focusId,
}: {
  scroller: React.RefObject<HTMLDivElement | null>;
  rows: readonly R[];
  idOf: (row: R) => string;
  rowHeight: number;
  focusId: string | undefined;
}) {
  const before = useRef<readonly R[]>(rows);
  const unseen = useRef(new Set<string>());
  const [count, setCount] = useState(0);

  useLayoutEffect(() => {
    const element = scroller.current;
    const old = before.current;
    before.current = rows;
    if (!element || old === rows || old.length === 0) return;
    const top = element.scrollTop;
    const held = focusId !== undefined || top > 0;
    if (!held) return;
    const indexOf = (list: readonly R[], id: string) => list.findIndex((row) => idOf(row) === id);
    const firstInSight = Math.min(old.length - 1, Math.floor(top / rowHeight));
    let anchor = focusId ? indexOf(old, focusId) : firstInSight;
    if (anchor < 0) anchor = firstInSight;
    // The row itself may be gone: then the next one that is still there.
    let now = -1;
    for (; anchor < old.length && now < 0; anchor++) now = indexOf(rows, idOf(old[anchor]!));
    if (now < 0) return;
    const moved = now - (anchor - 1);
    if (moved !== 0) element.scrollTop = top + moved * rowHeight;
    const known = new Set(old.map(idOf));
    const inSight = Math.floor(element.scrollTop / rowHeight);
    for (let index = 0; index < inSight; index++) {
      const id = idOf(rows[index]!);
      if (!known.has(id)) unseen.current.add(id);
    }
    setCount(unseen.current.size);
  }, [rows, idOf, rowHeight, focusId, scroller]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = () => {
      if (unseen.current.size === 0) return;
      const inSight = Math.floor(element.scrollTop / rowHeight);
      const list = before.current;
      for (let index = inSight; index < list.length; index++) {
        const row = list[index];
        if (row) unseen.current.delete(idOf(row));
      }
      setCount(unseen.current.size);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, rowHeight, idOf]);

  return {
    count,
    show: () => {
      unseen.current.clear();
      setCount(0);
      scroller.current?.scrollTo({ top: 0 });
    },
  };
}
