import { useEffect, useEffectEvent, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { ClipMarkerDto, Sprite } from '@hindsight/shared/clips/clip';
import classes from './clip-player.module.css';
import { clipSeconds, setClipSeconds } from './clip-time.ts';
import { PlayerControls } from './player-controls.tsx';
import { runPlayerCommand, seekTo, type PlayerCommand } from './player-keys.ts';
import { SeekBar } from './seek-bar.tsx';
import { useHiddenLeadIn } from './use-hidden-lead-in.ts';
import { usePlayback } from './use-playback.ts';
import { usePlayerKeys } from './use-player-keys.ts';
import { useStableClipUrl } from './use-stable-clip-url.ts';

/** This is what the player needs of a clip, whether its owner, a recipient or anybody with its link watches. */
export interface PlayableClip {
  title: string;
  videoUrl: string;
  posterUrl: string | null;
  durationMs: number;
  width: number | null;
  height: number | null;
  sprite?: Sprite | null;
  markers?: readonly ClipMarkerDto[];
}

const NO_MARKERS: readonly ClipMarkerDto[] = [];

/** Returns the shape of the picture. Until the clip tells, it is that of most screens. */
export function aspectOf({ width, height }: Pick<PlayableClip, 'width' | 'height'>): number {
  return width !== null && height !== null && height > 0 ? width / height : 16 / 9;
}

/**
 * Plays a clip, with a seek bar, its markers and controls. Its keys work wherever the focus is on the page. What
 * `renderActions` returns stands beside the controls and is told where the player is.
 */
export function ClipPlayer({
  clip,
  startAtMs = 0,
  jump = null,
  renderActions,
}: {
  clip: PlayableClip;
  /** Playback starts here, for links to a moment. */
  startAtMs?: number;
  /** The player goes to this moment each time that the object changes. */
  jump?: { ms: number } | null;
  renderActions?: (playheadMs: () => number) => ReactNode;
}) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const playback = usePlayback(video);
  const markers = clip.markers ?? NO_MARKERS;
  const durationMs = playback.durationMs ?? Math.max(1, clip.durationMs);

  function run(command: PlayerCommand): void {
    if (video === null || frame.current === null) return;
    runPlayerCommand({ video, frame: frame.current, markersMs: markers.map((one) => one.offsetMs) }, command);
  }
  usePlayerKeys(run);

  const steady = useStableClipUrl(clip.videoUrl, video);
  useHiddenLeadIn(video, steady.src);

  const goToStart = useEffectEvent((element: HTMLVideoElement) => {
    // Before the file is loaded, this sets where playback starts.
    if (startAtMs > 0) setClipSeconds(element, startAtMs / 1000);
  });
  useLayoutEffect(() => {
    if (video !== null) goToStart(video);
  }, [video, startAtMs]);

  useEffect(() => {
    if (video !== null && jump !== null) seekTo(video, jump.ms / 1000);
  }, [video, jump]);

  return (
    <div ref={frame} className={classes.frame}>
      {/* Clips have no captions, because no text was recorded. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <video
        ref={setVideo}
        className={classes.video}
        {...steady}
        // The poster shows the start, and would be wrong for another moment.
        poster={startAtMs > 0 ? undefined : (clip.posterUrl ?? undefined)}
        playsInline
        preload={startAtMs > 0 ? 'auto' : 'metadata'}
        aria-label={clip.title}
        style={{ aspectRatio: aspectOf(clip) }}
        onClick={() => run({ kind: 'toggle-play' })}
        onDoubleClick={() => run({ kind: 'toggle-full-screen' })}
      />
      <div className={classes.controls}>
        <SeekBar
          video={video}
          durationMs={durationMs}
          sprite={clip.sprite ?? null}
          aspectRatio={aspectOf(clip)}
          markers={markers}
        />
        <PlayerControls
          video={video}
          playback={playback}
          durationMs={durationMs}
          hasMarkers={markers.length > 0}
          onCommand={run}
        >
          {renderActions?.(() => (video === null ? 0 : clipSeconds(video) * 1000))}
        </PlayerControls>
      </div>
    </div>
  );
}
