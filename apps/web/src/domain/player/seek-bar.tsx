import { useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import type { ClipMarkerDto, Sprite } from '@hindsight/shared/clips/clip';
import { formatPreciseLength, spokenPreciseLength } from '../../format/format-length.ts';
import { tileAt, tileStyle } from '../clip/sprite-tile.ts';
import { keyedEdgeMs } from '../timeline/time-range.ts';
import { seekTo } from './player-keys.ts';
import classes from './seek-bar.module.css';
import { usePlayhead } from './use-playback.ts';

const STEP_MS = 1000;
const SHIFT_STEP_MS = 100;

/** Shows where the player is in the clip, with the markers. A pointer above the bar sees the picture of that moment. */
export function SeekBar({
  video,
  durationMs,
  sprite,
  aspectRatio,
  markers,
}: {
  video: HTMLVideoElement | null;
  durationMs: number;
  sprite: Sprite | null;
  aspectRatio: number;
  markers: readonly ClipMarkerDto[];
}) {
  const bar = useRef<HTMLDivElement>(null);
  const playheadMs = usePlayhead(video);
  /** The value goes from 0 to 1; null means that no pointer is above the bar. */
  const [hovered, setHovered] = useState<number | null>(null);
  const percent = (ms: number) => `${(Math.min(durationMs, Math.max(0, ms)) / durationMs) * 100}%`;

  function fractionAt({ clientX }: PointerEvent): number {
    const { left = 0, width = 1 } = bar.current?.getBoundingClientRect() ?? {};
    return Math.min(1, Math.max(0, (clientX - left) / width));
  }

  function onPointer(event: PointerEvent): void {
    const fraction = fractionAt(event);
    if (event.pointerType === 'mouse') setHovered(fraction);
    if (event.type === 'pointerdown') {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
    } else if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    if (video !== null) seekTo(video, (fraction * durationMs) / 1000);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (video === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const steps = { stepMs: STEP_MS, shiftStepMs: SHIFT_STEP_MS, durationMs };
    const toMs = keyedEdgeMs(event, playheadMs, steps);
    if (toMs === null) return;
    event.preventDefault();
    seekTo(video, toMs / 1000);
  }

  return (
    <div
      ref={bar}
      className={classes.bar}
      role="slider"
      tabIndex={0}
      aria-label="Position"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationMs)}
      aria-valuenow={Math.round(Math.min(playheadMs, durationMs))}
      aria-valuetext={`${spokenPreciseLength(playheadMs)} of ${spokenPreciseLength(durationMs)}`}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      onPointerLeave={() => setHovered(null)}
      onKeyDown={onKeyDown}
    >
      <span className={classes.track}>
        <span className={classes.played} style={{ inlineSize: percent(playheadMs) }} />
      </span>
      {markers.map(({ offsetMs, label }) => (
        <span
          key={offsetMs}
          className={classes.marker}
          style={{ insetInlineStart: percent(offsetMs) }}
          title={label ?? undefined}
        />
      ))}
      <span className={classes.knob} style={{ insetInlineStart: percent(playheadMs) }} />
      {hovered !== null && (
        <span className={classes.preview} style={{ insetInlineStart: `${hovered * 100}%` }} aria-hidden>
          {sprite !== null && (
            <span
              className={classes.tile}
              style={{ ...tileStyle(sprite, tileAt(sprite, hovered)), aspectRatio }}
            />
          )}
          {formatPreciseLength(hovered * durationMs)}
        </span>
      )}
    </div>
  );
}
