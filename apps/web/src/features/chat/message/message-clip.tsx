import { Skeleton, Text } from '@mantine/core';
import { IconAlertTriangle, IconMovieOff, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { MessageClip as Clip, SharedClip } from '@hindsight/shared/chat/message';
import { formatClipLength, spokenLength } from '../../../format/format-length.ts';
import { useHiddenLeadIn } from '../../../domain/player/use-hidden-lead-in.ts';
import { useStableClipUrl } from '../../../domain/player/use-stable-clip-url.ts';
import classes from './message-clip.module.css';

/** Plays the clip of a message in place. Its box has its size from the start, so that nothing moves. */
export function MessageClip({ clip }: { clip: Clip }) {
  if (clip.state === 'removed')
    return (
      <p className={classes.gone}>
        <IconMovieOff size={18} aria-hidden />
        This clip was deleted
      </p>
    );
  return (
    <figure className={classes.clip} aria-label={`Clip: ${clip.clip.title}`}>
      <Screen clip={clip.clip} />
      <figcaption className={classes.caption}>
        <Link to={`/clips/${clip.clip.id}`} className={classes.title}>
          {clip.clip.title}
        </Link>
        <Text span size="xs" c="dimmed" truncate>
          {clip.clip.ownerName}
        </Text>
      </figcaption>
    </figure>
  );
}

function Screen({ clip }: { clip: SharedClip }) {
  const shape =
    clip.width !== null && clip.height !== null
      ? { aspectRatio: `${clip.width} / ${clip.height}` }
      : undefined;
  if (clip.status === 'FAILED')
    return (
      <div className={classes.screen} data-failed>
        <IconAlertTriangle size={26} stroke={1.5} aria-hidden />
        <span>This clip could not be saved</span>
      </div>
    );
  if (clip.videoUrl === null)
    return (
      <div className={classes.screen} role="status">
        <Skeleton className={classes.skeleton} />
        <span className={classes.over}>Preparing…</span>
      </div>
    );
  return (
    <div className={classes.screen} style={shape}>
      <Player clip={{ ...clip, videoUrl: clip.videoUrl }} />
    </div>
  );
}

/** Plays the video. Nothing of it is loaded before the person wants to see it. */
function Player({ clip }: { clip: SharedClip & { videoUrl: string } }) {
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  const [isStarted, setStarted] = useState(false);
  const steady = useStableClipUrl(clip.videoUrl, video);
  useHiddenLeadIn(video, isStarted ? steady.src : null);

  function pauseOthers(): void {
    for (const other of document.querySelectorAll<HTMLVideoElement>('video[data-in-message]'))
      if (other !== video) other.pause();
  }

  return (
    <>
      <video
        ref={setVideo}
        data-in-message
        className={classes.video}
        {...steady}
        poster={clip.posterUrl ?? undefined}
        preload="none"
        playsInline
        controls={isStarted}
        aria-label={clip.title}
        onPlay={pauseOthers}
      />
      {!isStarted && (
        <button
          type="button"
          className={classes.start}
          aria-label={`Play ${clip.title}, ${spokenLength(clip.durationMs)}`}
          onClick={() => {
            setStarted(true);
            // A browser that refuses sound without a press never gets here; any other error shows in the player.
            void video?.play().catch(() => undefined);
            video?.focus();
          }}
        >
          <span className={classes.play}>
            <IconPlayerPlayFilled size={24} aria-hidden />
          </span>
          <span className={classes.length}>{formatClipLength(clip.durationMs)}</span>
        </button>
      )}
    </>
  );
}
