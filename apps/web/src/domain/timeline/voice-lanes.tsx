import { Button, Text, UnstyledButton } from '@mantine/core';
import { IconVolume, IconVolumeOff } from '@tabler/icons-react';
import { memo, useMemo, type PointerEvent } from 'react';
import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { formatLength, spokenLength } from '../../format/format-length.ts';
import {
  isHeard,
  SHARE_KEY,
  toggleMuted,
  toggleSolo,
  type SoundSource,
  type SourceLevels,
} from '../sound/source-levels.ts';
import { loudMoments, SPOKEN, type LoudMoment } from './loud-moments.ts';
import classes from './voice-lanes.module.css';
import { waveColumns, wavePath } from './waveform.ts';

/** A lane shows a source of the sound. */
export interface VoiceLane extends SoundSource {
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
  /** With it, each source can be muted, or heard alone. */
  mix?: LaneMix;
}

interface LaneMix {
  levels: SourceLevels;
  onChange: (levels: SourceLevels) => void;
}

const WAVE_COLUMNS = 400;

/** Shows who spoke when, and where it got loud. Shows nothing when nobody's voice is there. */
export function VoiceLanes({ lanes, durationMs, playheadMs = null, onSeek, mix }: VoiceLanesProps) {
  const moments = useMemo(
    () => loudMoments(lanes.flatMap(({ key, levels }) => (key === SHARE_KEY ? [] : [levels]))),
    [lanes],
  );
  const place = (ms: number) => `${(Math.min(durationMs, Math.max(0, ms)) / durationMs) * 100}%`;
  if (!lanes.some(({ key }) => key !== SHARE_KEY)) return null;

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
            <Lane
              key={lane.key}
              lane={lane}
              durationMs={durationMs}
              levels={mix?.levels}
              onLevels={mix?.onChange}
            />
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

const Lane = memo(function Lane({
  lane,
  durationMs,
  levels,
  onLevels,
}: {
  lane: VoiceLane;
  durationMs: number;
  levels: SourceLevels | undefined;
  onLevels: LaneMix['onChange'] | undefined;
}) {
  const { key, name, levels: peaks } = lane;
  const wave = useMemo(
    () => wavePath(waveColumns([{ fromMs: 0, toMs: durationMs, peaks }], durationMs, WAVE_COLUMNS)),
    [peaks, durationMs],
  );
  const spokenMs = peaks.filter((level) => level > SPOKEN).length * PEAK_MS;
  const isChoice = levels !== undefined && onLevels !== undefined;
  return (
    <li
      className={classes.lane}
      data-voice={key === SHARE_KEY ? undefined : true}
      data-silent={(isChoice && !isHeard(levels, key)) || undefined}
    >
      <div className={classes.head}>
        {isChoice ? (
          <MuteButton {...{ name, sourceKey: key, levels, onLevels }} />
        ) : (
          <span className={classes.name}>{name}</span>
        )}
        <span className="visually-hidden">, heard for {spokenLength(spokenMs)}</span>
        {isChoice && <SoloButton {...{ name, sourceKey: key, levels, onLevels }} />}
      </div>
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

interface LaneButtonProps {
  name: string;
  sourceKey: string;
  levels: SourceLevels;
  onLevels: LaneMix['onChange'];
}

function MuteButton({ name, sourceKey, levels, onLevels }: LaneButtonProps) {
  const isMuted = !isHeard(levels, sourceKey);
  const Icon = isMuted ? IconVolumeOff : IconVolume;
  return (
    <UnstyledButton
      className={classes.button}
      aria-label={`Mute ${name}`}
      aria-pressed={isMuted}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onLevels(toggleMuted(levels, sourceKey))}
    >
      <Icon size={14} aria-hidden />
      <span className={classes.name}>{name}</span>
    </UnstyledButton>
  );
}

function SoloButton({ name, sourceKey, levels, onLevels }: LaneButtonProps) {
  return (
    <UnstyledButton
      className={classes.button}
      aria-label={`Solo ${name}`}
      aria-pressed={levels.soloKey === sourceKey}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => onLevels(toggleSolo(levels, sourceKey))}
    >
      Solo
    </UnstyledButton>
  );
}

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
