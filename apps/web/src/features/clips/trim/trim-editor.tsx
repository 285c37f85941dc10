import { Button, Group, Text } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { MIN_CLIP_MS, type ClipDto, type ClipTrimInput } from '@hindsight/shared/clips/clip';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatBytes } from '../../../format/format-bytes.ts';
import { formatPreciseLength } from '../../../format/format-length.ts';
import { ErrorNote } from '../../../ui/error-note.tsx';
import { aspectOf } from '../../../domain/player/clip-player.tsx';
import { clipSeconds } from '../../../domain/player/clip-time.ts';
import { PICTURE_MS, seekTo } from '../../../domain/player/player-keys.ts';
import { useHiddenLeadIn } from '../../../domain/player/use-hidden-lead-in.ts';
import { usePlayback, usePlayhead } from '../../../domain/player/use-playback.ts';
import { useStableClipUrl } from '../../../domain/player/use-stable-clip-url.ts';
import { RangeTimeline } from '../../../domain/timeline/range-timeline.tsx';
import { setEdgeAt, type RangeEdge, type TimeRange } from '../../../domain/timeline/time-range.ts';
import { useRangeKeys } from '../../../domain/timeline/use-range-keys.ts';
import { ReplaceClipDialog } from './replace-clip-dialog.tsx';
import { SpriteStrip } from './sprite-strip.tsx';
import classes from './trim-editor.module.css';
import { useRangeLoop } from './use-range-loop.ts';

const SHIFT_STEP_MS = 1000;

/** Lets a person choose the part of a clip to keep, exact to the picture, and has it made. */
export function TrimEditor({
  clip,
  onCancel,
  onSaved,
}: {
  clip: ClipDto & { videoUrl: string };
  onCancel: () => void;
  /** The function is called with the clip that is being made. */
  onSaved: (trimmed: ClipDto, mode: ClipTrimInput['mode']) => void;
}) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const steady = useStableClipUrl(clip.videoUrl, video);
  useHiddenLeadIn(video, steady.src);
  const [range, setRange] = useState<TimeRange>([0, clip.durationMs]);
  const [isAsking, setAsking] = useState(false);
  const { isPlaying } = usePlayback(video);
  const playheadMs = usePlayhead(video);
  const { toggle } = useRangeLoop(video, range);
  const limits = { durationMs: clip.durationMs, minLengthMs: MIN_CLIP_MS };
  const trim = trpc.clip.trim.useMutation({
    onSuccess: (trimmed, { mode }) => onSaved(trimmed, mode),
    onSettled: () => setAsking(false),
  });

  function setEdge(edge: RangeEdge): void {
    setRange(setEdgeAt(range, edge, video === null ? 0 : clipSeconds(video) * 1000, limits));
  }
  useRangeKeys({ onSet: setEdge, onTogglePlay: toggle });

  const [fromMs, toMs] = range;
  const lengthMs = toMs - fromMs;
  const isWhole = lengthMs >= clip.durationMs;
  const sizeBytes = Math.round((clip.sizeBytes * lengthMs) / clip.durationMs);
  const save = (mode: ClipTrimInput['mode']) => trim.mutate({ clipId: clip.id, fromMs, toMs, mode });

  return (
    <section className={classes.editor} aria-label="Trim">
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- clips have no captions */}
      <video
        ref={setVideo}
        className={classes.video}
        {...steady}
        poster={clip.posterUrl ?? undefined}
        playsInline
        preload="auto"
        aria-label={clip.title}
        style={{ aspectRatio: aspectOf(clip) }}
        onClick={toggle}
      />
      <RangeTimeline
        durationMs={clip.durationMs}
        value={range}
        minLengthMs={MIN_CLIP_MS}
        stepMs={PICTURE_MS}
        shiftStepMs={SHIFT_STEP_MS}
        playheadMs={playheadMs}
        markers={clip.markers}
        onChange={(next, moved) => {
          setRange(next);
          video?.pause();
          // This shows the last picture that is kept, not the first that isn't.
          if (video !== null) seekTo(video, (moved === 'in' ? next[0] : next[1] - PICTURE_MS) / 1000);
        }}
        onSeek={(ms) => video !== null && seekTo(video, ms / 1000)}
      >
        {clip.sprite !== null && <SpriteStrip sprite={clip.sprite} aspectRatio={aspectOf(clip)} />}
      </RangeTimeline>
      <Group gap="xs">
        <Button
          variant="default"
          leftSection={
            isPlaying ? (
              <IconPlayerPauseFilled size={18} aria-hidden />
            ) : (
              <IconPlayerPlayFilled size={18} aria-hidden />
            )
          }
          aria-keyshortcuts="Space"
          onClick={toggle}
        >
          {isPlaying ? 'Pause' : 'Play selection'}
        </Button>
        <Button variant="default" aria-keyshortcuts="I" onClick={() => setEdge('in')}>
          Start here
        </Button>
        <Button variant="default" aria-keyshortcuts="O" onClick={() => setEdge('out')}>
          End here
        </Button>
        <Text className="tabular" c="dimmed">
          at {formatPreciseLength(playheadMs)}
        </Text>
      </Group>
      <div className={classes.foot}>
        <Text className="tabular" role="status">
          <strong>{formatPreciseLength(lengthMs)}</strong>
          <Text span c="dimmed" inherit>
            {` of ${formatPreciseLength(clip.durationMs)} · about ${formatBytes(sizeBytes)}`}
          </Text>
        </Text>
        <Group gap="xs">
          <Button variant="subtle" color="gray" onClick={onCancel}>
            Cancel
          </Button>
          <Button variant="default" disabled={isWhole || trim.isPending} onClick={() => setAsking(true)}>
            Replace the original
          </Button>
          <Button
            disabled={isWhole}
            loading={trim.isPending && trim.variables.mode === 'new'}
            onClick={() => save('new')}
          >
            Save as new clip
          </Button>
        </Group>
      </div>
      {trim.error !== null && <ErrorNote error={presentError(trim.error)} />}
      <Text size="xs" c="dimmed">
        I and O set start and end where you are, space plays the selection. On a handle the arrow keys move it
        by one picture, with Shift by a second.
      </Text>
      <ReplaceClipDialog
        isOpen={isAsking}
        removedMs={clip.durationMs - lengthMs}
        isSaving={trim.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => save('replace')}
      />
    </section>
  );
}
