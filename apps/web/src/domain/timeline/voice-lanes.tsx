import { Button, Text } from '@mantine/core';
import { memo, useMemo, type PointerEvent } from 'react';
import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { formatLength, spokenLength } from '../../format/format-length.ts';
import { loudMoments, SPOKEN, type LoudMoment } from './loud-moments.ts';
import classes from './voice-lanes.module.css';
import { waveColumns, wavePath } from './waveform.ts';

/** A lane is one sound of a recording: the share's, or somebody's voice. */
export interface VoiceLane {
  key: string;
  name: string;
  isVoice: boolean;
  /** How loud it is, for each `PEAK_MS` from the beginning, from 0 to 100. */
  levels: readonly number[];
}

interface VoiceLanesProps {
  /** The lanes stay the same object while nothing changes. */
  lanes: readonly VoiceLane[];
  durationMs: number;
  /** The line at this moment is not shown without one. */
  playheadMs?: number | null;
  onSeek: (ms: number) => void;
}

const WAVE_COLUMNS = 400;

/** Shows who spoke when, and where it got loud. Shows nothing when nobody's voice is there. */
export function VoiceLanes({ lanes, durationMs, playheadMs = null, onSeek }: VoiceLanesProps) {
  const moments = useMemo(
    () => loudMoments(lanes.flatMap(({ isVoice, levels }) => (isVoice ? [levels] : []))),
    [lanes],
  );
  const place = (ms: number) => `${(Math.min(durationMs, Math.max(0, ms)) / durationMs) * 100}%`;
  if (!lanes.some(({ isVoice }) => isVoice)) return null;

  function seek(event: PointerEvent): void {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    if (event.button !== 0 || width === 0) return;
    onSeek(Math.round(Math.min(1, Math.max(0, (event.clientX - left) / width)) * durationMs));
  }

  return (
    <section className={classes.section} aria-label="Who spoke when">
      <Text size="sm" fw={500}>
        Who spoke when
      </Text>
      {/* Keys reach every moment by the timeline and the player; pressing here is a shortcut for pointers. */}
      <div className={classes.lanes} onPointerDown={seek}>
        <ul className={classes.list}>
          {lanes.map((lane) => (
            <Lane key={lane.key} lane={lane} durationMs={durationMs} />
          ))}
        </ul>
        {moments.map(({ offsetMs }) => (
          <span key={offsetMs} className={classes.loud} style={{ insetInlineStart: place(offsetMs) }} />
        ))}
        {playheadMs !== null && (
          <span className={classes.playhead} style={{ insetInlineStart: place(playheadMs) }} />
        )}
      </div>
      {moments.length > 0 && <LoudMoments moments={moments} onSeek={onSeek} />}
    </section>
  );
}

const Lane = memo(function Lane({ lane, durationMs }: { lane: VoiceLane; durationMs: number }) {
  const { name, isVoice, levels } = lane;
  const wave = useMemo(
    () => wavePath(waveColumns([{ fromMs: 0, toMs: durationMs, peaks: levels }], durationMs, WAVE_COLUMNS)),
    [levels, durationMs],
  );
  const spokenMs = levels.filter((level) => level > SPOKEN).length * PEAK_MS;
  return (
    <li className={classes.lane} data-voice={isVoice || undefined}>
      <span className={classes.name}>
        {name}
        <span className="visually-hidden">, heard for {spokenLength(spokenMs)}</span>
      </span>
      <svg
        className={classes.wave}
        viewBox={`0 0 ${WAVE_COLUMNS} 100`}
        preserveAspectRatio="none"
        aria-hidden
      >
        <path d={wave} />
      </svg>
    </li>
  );
});

function LoudMoments({ moments, onSeek }: { moments: readonly LoudMoment[]; onSeek: (ms: number) => void }) {
  return (
    <div className={classes.moments} role="group" aria-label="It got loud">
      <Text size="sm" aria-hidden>
        It got loud
      </Text>
      {moments.map(({ offsetMs, people }) => (
        <Button
          key={offsetMs}
          size="compact-sm"
          variant="default"
          className="tabular"
          aria-label={`Go to ${spokenLength(offsetMs)}, where ${people} people are loud`}
          onClick={() => onSeek(offsetMs)}
        >
          {formatLength(offsetMs)}
        </Button>
      ))}
    </div>
  );
}
