import { useRef, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { formatPreciseLength, spokenPreciseLength } from '../../format/format-length.ts';
import classes from './range-timeline.module.css';
import { keyedEdgeMs, moveEdge, type RangeEdge, type TimeRange } from './time-range.ts';

export interface RangeTimelineProps {
  durationMs: number;
  value: TimeRange;
  /** `moved` is the edge that follows a pointer or key; the picture of that moment is the one to show. */
  onChange: (value: TimeRange, moved: RangeEdge) => void;
  minLengthMs: number;
  /** An arrow key moves a handle by this much, alone and with Shift. */
  stepMs: number;
  shiftStepMs: number;
  /** The playhead is null, and not shown, while nothing plays. */
  playheadMs?: number | null;
  /** The function is called for a press or drag on the timeline beside the handles. */
  onSeek?: (ms: number) => void;
  /** Gaps are parts without a picture; they are hatched. */
  gaps?: readonly { fromMs: number; toMs: number }[];
  markers?: readonly { offsetMs: number; label: string | null }[];
  /** The children, such as thumbnails or a waveform, fill the timeline as its background. */
  children?: ReactNode;
}

const EDGE_NAMES: Record<RangeEdge, string> = { in: 'Start', out: 'End' };

function labelAt(at: string): CSSProperties {
  return { '--at': at } as CSSProperties;
}

/** Shows a timeline with two handles around the part that is kept, for pointer, touch and keys. */
export function RangeTimeline(props: RangeTimelineProps) {
  const { durationMs, value, playheadMs = null, onSeek, gaps = [], markers = [], children } = props;
  const rail = useRef<HTMLDivElement>(null);
  const place = (ms: number) => `${(Math.min(durationMs, Math.max(0, ms)) / durationMs) * 100}%`;

  function timeAt(clientX: number): number {
    const { left = 0, width = 0 } = rail.current?.getBoundingClientRect() ?? {};
    return width === 0 ? 0 : Math.min(1, Math.max(0, (clientX - left) / width)) * durationMs;
  }

  function seek(event: PointerEvent): void {
    if (event.type === 'pointerdown') {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
    } else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    onSeek?.(Math.round(timeAt(event.clientX)));
  }

  return (
    <div className={classes.timeline} role="group" aria-label="Timeline">
      <div className={classes.rail} ref={rail}>
        {/* Keys reach every moment through the handles and the player; pressing here is a shortcut for pointers. */}
        <div
          className={classes.track}
          data-seekable={onSeek !== undefined || undefined}
          onPointerDown={seek}
          onPointerMove={seek}
        >
          {children}
          {gaps.map(({ fromMs, toMs }) => (
            <span
              key={fromMs}
              className={classes.gap}
              style={{ insetInlineStart: place(fromMs), inlineSize: place(toMs - fromMs) }}
              title="Nothing was recorded here"
            />
          ))}
          <span className={classes.outside} style={{ insetInlineStart: 0, inlineSize: place(value[0]) }} />
          <span
            className={classes.outside}
            style={{ insetInlineStart: place(value[1]), insetInlineEnd: 0 }}
          />
          {markers.map(({ offsetMs, label }) => (
            <span
              key={offsetMs}
              className={classes.marker}
              style={{ insetInlineStart: place(offsetMs) }}
              title={label ?? `Marker at ${formatPreciseLength(offsetMs)}`}
            />
          ))}
        </div>
        <span
          className={classes.selection}
          style={{ insetInlineStart: place(value[0]), inlineSize: place(value[1] - value[0]) }}
        />
        {playheadMs !== null && (
          <span className={classes.playhead} style={{ insetInlineStart: place(playheadMs) }} />
        )}
        <Handle edge="in" at={place(value[0])} timeAt={timeAt} {...props} />
        <Handle edge="out" at={place(value[1])} timeAt={timeAt} {...props} />
      </div>
      <div className={classes.times} aria-hidden>
        <span className={classes.inTime} style={labelAt(place(value[0]))}>
          {formatPreciseLength(value[0])}
        </span>
        <span className={classes.outTime} style={labelAt(place(value[1]))}>
          {formatPreciseLength(value[1])}
        </span>
      </div>
    </div>
  );
}

function Handle({
  edge,
  at,
  timeAt,
  durationMs,
  value,
  onChange,
  minLengthMs,
  stepMs,
  shiftStepMs,
}: RangeTimelineProps & { edge: RangeEdge; at: string; timeAt: (clientX: number) => number }) {
  /** The grip is the distance between the pointer and the edge that it holds. */
  const grip = useRef<number | null>(null);
  const nowMs = value[edge === 'in' ? 0 : 1];

  function moveTo(ms: number): void {
    const moved = moveEdge(value, edge, ms, { durationMs, minLengthMs });
    if (moved[0] !== value[0] || moved[1] !== value[1]) onChange(moved, edge);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const toMs = keyedEdgeMs(event, nowMs, { stepMs, shiftStepMs, durationMs });
    if (toMs === null) return;
    event.preventDefault();
    moveTo(toMs);
  }

  return (
    <span
      className={classes.handle}
      data-edge={edge}
      style={{ insetInlineStart: at }}
      role="slider"
      tabIndex={0}
      aria-label={EDGE_NAMES[edge]}
      aria-orientation="horizontal"
      aria-valuemin={edge === 'in' ? 0 : value[0] + minLengthMs}
      aria-valuemax={edge === 'in' ? value[1] - minLengthMs : durationMs}
      aria-valuenow={nowMs}
      aria-valuetext={spokenPreciseLength(nowMs)}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = timeAt(event.clientX) - nowMs;
      }}
      onPointerMove={(event) => {
        if (grip.current !== null) moveTo(timeAt(event.clientX) - grip.current);
      }}
      onLostPointerCapture={() => (grip.current = null)}
    />
  );
}
