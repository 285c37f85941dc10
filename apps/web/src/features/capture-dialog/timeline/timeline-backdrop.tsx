import { useElementSize } from '@mantine/hooks';
import { memo, useMemo } from 'react';
import type { TimelinePiece } from '../buffer-timeline.ts';
import { stillsForTimeline } from './stills-for-timeline.ts';
import classes from './timeline-backdrop.module.css';
import type { PeaksByKey } from './use-peaks.ts';
import { waveColumns, wavePath } from '../../../domain/timeline/waveform.ts';

const STILL_WIDTH = 96;
const WAVE_COLUMNS = 400;

interface TimelineBackdropProps {
  pieces: readonly TimelinePiece[];
  durationMs: number;
  peaks: PeaksByKey;
  piecesUrl: string;
}

/** Shows the buffer behind the timeline: stills side by side, and the loudness below. */
export const TimelineBackdrop = memo(function TimelineBackdrop({
  pieces,
  durationMs,
  peaks,
  piecesUrl,
}: TimelineBackdropProps) {
  const { ref, width } = useElementSize();
  const slots = stillsForTimeline(pieces, durationMs, Math.max(1, Math.round(width / STILL_WIDTH)));
  const wave = useMemo(() => {
    const sounds = pieces.map((piece) => ({ ...piece, peaks: peaks.get(piece.key) ?? [] }));
    return wavePath(waveColumns(sounds, durationMs, WAVE_COLUMNS));
  }, [pieces, peaks, durationMs]);

  return (
    <div ref={ref} className={classes.backdrop} aria-hidden>
      <div className={classes.stills}>
        {slots.map((piece, index) => (
          // The index is the place on the timeline: the picture in a place may change, the order of places never does.
          <span key={index} className={classes.still}>
            {piece !== null && peaks.has(piece.key) && (
              <img key={piece.key} src={`${piecesUrl}${piece.key}/still.jpg`} alt="" draggable={false} />
            )}
          </span>
        ))}
      </div>
      {wave !== '' && (
        <svg className={classes.wave} viewBox={`0 0 ${WAVE_COLUMNS} 100`} preserveAspectRatio="none">
          <path d={wave} />
        </svg>
      )}
    </div>
  );
});
