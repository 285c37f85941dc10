import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';
import { useLocation } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { scrollParent } from '../../../ui/scroll-parent.ts';
import { ClipCard, ClipCardSkeleton } from '../card/clip-card.tsx';
import classes from './clip-library.module.css';
import type { ClipActions } from '../card/clip-card-menu.tsx';
import { GRID_GAP, gridLayout } from './grid-layout.ts';
import { rememberScrollTop, rememberedScrollTop } from './library-scroll.storage.ts';
import type { Selection } from '../selection/clip-selection.ts';

const OVERSCAN_ROWS = 2;

/** Shows all clips as cards. Only the rows around the visible part are in the document. */
export function ClipGrid({
  total,
  clipAt,
  onRange,
  isBehind,
  nowMs,
  selection,
  onToggle,
  actions,
}: {
  total: number;
  clipAt: (index: number) => ClipDto | undefined;
  /** The function is called with the first and the last clip in view, both included. */
  onRange: (first: number, last: number) => void;
  isBehind: boolean;
  nowMs: number;
  selection: Selection;
  onToggle: (clip: ClipDto, index: number, isRange: boolean) => void;
  actions: ClipActions;
}) {
  const grid = useRef<HTMLDivElement>(null);
  const { width, scroller, margin } = useGridPlace(grid);
  const { columns, rowHeight } = gridLayout(width);
  const { key } = useLocation();
  // oxlint-disable-next-line react/incompatible-library -- nothing of it goes into a memoised component
  const rows = useVirtualizer({
    count: width === 0 ? 0 : Math.ceil(total / columns),
    getScrollElement: () => scroller,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN_ROWS,
    scrollMargin: margin,
    initialOffset: () => rememberedScrollTop(key),
  });
  useLayoutEffect(() => rows.measure(), [rows, rowHeight]);
  // This is a layout effect, because scrolling by the browser after the page has gone must not be remembered.
  useLayoutEffect(() => {
    if (scroller === null) return undefined;
    const remember = () => rememberScrollTop(key, scroller.scrollTop);
    scroller.addEventListener('scroll', remember, { passive: true });
    return () => scroller.removeEventListener('scroll', remember);
  }, [scroller, key]);

  const items = rows.getVirtualItems();
  const first = (items[0]?.index ?? 0) * columns;
  const last = ((items.at(-1)?.index ?? 0) + 1) * columns - 1;
  useEffect(() => onRange(first, last), [onRange, first, last]);

  return (
    <div
      ref={grid}
      className={classes.rows}
      style={{ blockSize: Math.max(0, rows.getTotalSize() - GRID_GAP) }}
      aria-busy={isBehind}
      data-behind={isBehind || undefined}
      role="list"
      aria-label="Clips"
    >
      {items.map((row) => (
        <div
          key={row.key}
          className={classes.row}
          role="presentation"
          style={{
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            translate: `0 ${row.start - margin}px`,
          }}
        >
          {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
            const index = row.index * columns + column;
            const clip = clipAt(index);
            return (
              <div key={clip?.id ?? index} role="listitem" aria-setsize={total} aria-posinset={index + 1}>
                {clip === undefined ? (
                  <ClipCardSkeleton />
                ) : (
                  <ClipCard
                    clip={clip}
                    index={index}
                    nowMs={nowMs}
                    isSelected={selection.clips.has(clip.id)}
                    isSelecting={selection.clips.size > 0}
                    onToggle={onToggle}
                    actions={actions}
                  />
                )}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Measures how wide the grid is, what scrolls it, and how far down in that it begins. */
function useGridPlace(grid: RefObject<HTMLDivElement | null>) {
  const [place, setPlace] = useState({ width: 0, margin: 0, scroller: null as HTMLElement | null });
  useLayoutEffect(() => {
    const element = grid.current;
    if (element === null) return undefined;
    const scroller = scrollParent(element);
    function measure(): void {
      if (element === null) return;
      const { top, width } = element.getBoundingClientRect();
      const margin = Math.round(top - scroller.getBoundingClientRect().top + scroller.scrollTop);
      setPlace((now) =>
        now.width === width && now.margin === margin && now.scroller === scroller
          ? now
          : { width, margin, scroller },
      );
    }
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (element.parentElement !== null) observer.observe(element.parentElement);
    return () => observer.disconnect();
  }, [grid]);
  return place;
}
