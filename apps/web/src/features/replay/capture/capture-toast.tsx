import { CloseButton, Text } from '@mantine/core';
import { skipToken } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { SECOND } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import { ClipTitle } from '../../../domain/clip/clip-title.tsx';
import { AskingState, ClipState, RefusedState, UndoneState } from './capture-toast-states.tsx';
import classes from './capture-toasts.module.css';
import type { Remedy } from '../session/error-remedy.ts';
import { useCaptureNotice } from '../notices/use-capture-notice.ts';
import type { CaptureToast as Capture } from '../session/replay.slice.ts';

/** The toast of a clip that is saved or undone stays this long when nobody touches it. */
const DONE_STAYS_MS = 12 * SECOND;

export function CaptureToast({
  capture,
  onDismiss,
  onRemedy,
}: {
  capture: Capture;
  onDismiss: () => void;
  onRemedy: (remedy: Remedy) => void;
}) {
  const { outcome, stillUrl, expectedMs } = capture;
  const clipId = outcome.kind === 'accepted' ? outcome.clipId : null;
  const { data: clip, error } = trpc.clip.get.useQuery(clipId === null ? skipToken : { clipId });
  useCaptureNotice(capture, clip);
  const [isTouched, setTouched] = useState(false);

  // After the share has ended there is nothing to take a still of, so the poster is shown once it exists.
  const picture = stillUrl ?? clip?.posterUrl ?? null;
  const isDone = clip?.status === 'READY' || outcome.kind === 'undone';
  const dismiss = useEffectEvent(onDismiss);
  useEffect(() => {
    if (!isDone || isTouched) return undefined;
    const timer = setTimeout(() => dismiss(), DONE_STAYS_MS);
    return () => clearTimeout(timer);
  }, [isDone, isTouched, outcome.kind]);

  // The clip was deleted elsewhere, so there is nothing left to tell.
  const isGone = error !== null && presentError(error).code === 'NOT_FOUND';
  useEffect(() => {
    if (isGone) dismiss();
  }, [isGone]);

  return (
    <article
      className={classes.toast}
      aria-label="Clip"
      onPointerEnter={() => setTouched(true)}
      onPointerLeave={() => setTouched(false)}
      onFocus={() => setTouched(true)}
      onBlur={() => setTouched(false)}
    >
      <div className={classes.still}>
        {picture !== null && <img src={picture} alt="" />}
        <span className={classes.length}>{formatClipLength(clip?.durationMs ?? expectedMs)}</span>
      </div>
      <div className={classes.body}>
        <div className={classes.head}>
          {outcome.kind === 'refused' && (
            <Text fw={600} lineClamp={2}>
              {outcome.error.text}
            </Text>
          )}
          {outcome.kind === 'undone' && <Text fw={600}>Clip taken back</Text>}
          {(outcome.kind === 'asking' || outcome.kind === 'accepted') && (
            <ClipTitle clip={clip ?? null} size="sm" />
          )}
          <CloseButton size="sm" aria-label="Dismiss" onClick={onDismiss} />
        </div>
        {outcome.kind === 'refused' && (
          <RefusedState capture={capture} error={outcome.error} onRemedy={onRemedy} onDismiss={onDismiss} />
        )}
        {outcome.kind === 'asking' && <AskingState isUnanswered={outcome.isUnanswered} />}
        {outcome.kind === 'undone' && (
          <UndoneState
            capture={capture}
            clipId={outcome.clipId}
            restorableUntilMs={outcome.restorableUntilMs}
          />
        )}
        {clip !== undefined && clipId !== null && (
          <ClipState capture={capture} clip={clip} onDismiss={onDismiss} />
        )}
      </div>
    </article>
  );
}
