import { formatLength, spokenLength } from '../../../format/format-length.ts';
import { gaugeTicks, type BufferView } from './buffer-view.ts';
import classes from './buffer-gauge.module.css';

/** Shows how much of the window is kept: a thin bar that fills, with marks at the lengths that can be saved. */
export function BufferGauge({ buffer, lengths }: { buffer: BufferView; lengths: readonly number[] }) {
  const { keptMs, windowMs, fill, isDegraded } = buffer;
  return (
    <div className={classes.gauge}>
      <div
        className={classes.bar}
        role="meter"
        aria-label="Replay buffer"
        aria-valuemin={0}
        aria-valuemax={Math.round(windowMs / 1000)}
        aria-valuenow={Math.floor(keptMs / 1000)}
        aria-valuetext={`${spokenLength(keptMs)} of ${spokenLength(windowMs)} kept${spokenMarkers(buffer.markers.length)}`}
      >
        <div
          className={classes.fill}
          data-degraded={isDegraded || undefined}
          style={{ inlineSize: `${fill * 100}%` }}
        />
        {buffer.markers.map(({ id, at }) => (
          <span key={id} className={classes.marker} style={{ insetInlineStart: `${at * 100}%` }} />
        ))}
        {gaugeTicks(windowMs, lengths).map(({ seconds, at }) => (
          <span key={seconds} className={classes.tick} style={{ insetInlineStart: `${at * 100}%` }} />
        ))}
      </div>
      <span className={classes.value}>
        {formatLength(keptMs)} <span className={classes.of}>of {formatLength(windowMs)}</span>
      </span>
    </div>
  );
}

function spokenMarkers(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ', 1 marker' : `, ${count} markers`;
}
