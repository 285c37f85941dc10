import { Button, CloseButton, Progress, Text } from '@mantine/core';
import { skipToken } from '@tanstack/react-query';
import { IconCheck, IconMovie } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clip';
import { SECOND } from '@hindsight/shared/units';
import type { PresentedError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { formatClipLength } from '../../format/format-length.ts';
import { RetryClipButton } from '../../ui/retry-clip-button.tsx';
import { clipFailure, clipProgress } from '../../ui/clip-progress.ts';
import { ClipTitle } from '../../ui/clip-title.tsx';
import classes from './capture-toasts.module.css';
import { REMEDY_LABELS, remedyOf, type Remedy } from './remedy.ts';
import type { CaptureToast as Capture } from './replay.slice.ts';
import { useCaptureRetry } from './use-capture.ts';

/** How long a saved clip's toast stays when nobody touches it. */
const SAVED_STAYS_MS = 12 * SECOND;

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
  const { data: clip } = trpc.clip.get.useQuery(clipId === null ? skipToken : { clipId });
  const [isTouched, setTouched] = useState(false);

  // In grace nothing is shared that a still could be taken of: the poster follows when it's there.
  const picture = stillUrl ?? clip?.posterUrl ?? null;
  const isSaved = clip?.status === 'READY';
  useEffect(() => {
    if (!isSaved || isTouched) return undefined;
    const timer = setTimeout(onDismiss, SAVED_STAYS_MS);
    return () => clearTimeout(timer);
  }, [isSaved, isTouched, onDismiss]);

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
          {outcome.kind === 'refused' ? (
            <Text fw={600} lineClamp={2}>
              {outcome.error.text}
            </Text>
          ) : (
            <ClipTitle clip={clip ?? null} size="sm" />
          )}
          <CloseButton size="sm" aria-label="Dismiss" onClick={onDismiss} />
        </div>
        {outcome.kind === 'refused' && (
          <RefusedState capture={capture} error={outcome.error} onRemedy={onRemedy} onDismiss={onDismiss} />
        )}
        {outcome.kind === 'asking' && <WorkingState text="Saving…" percent={null} />}
        {clip !== undefined && <ClipState clip={clip} onDismiss={onDismiss} />}
      </div>
    </article>
  );
}

function ClipState({ clip, onDismiss }: { clip: ClipDto; onDismiss: () => void }) {
  if (clip.status === 'PROCESSING') return <WorkingState {...clipProgress(clip)} />;
  if (clip.status === 'READY')
    return (
      <div className={classes.state}>
        <span className={classes.saved}>
          <IconCheck size={16} aria-hidden /> Saved
          <Text span size="xs" c="dimmed" fw={400}>
            {formatBytes(clip.sizeBytes)}
          </Text>
        </span>
        <Button
          size="compact-sm"
          component={Link}
          to={`/clips/${clip.id}`}
          leftSection={<IconMovie size={15} aria-hidden />}
          onClick={onDismiss}
        >
          Watch
        </Button>
      </div>
    );
  const { text, remedy } = clipFailure(clip);
  return (
    <>
      <Text size="xs" className={classes.failed}>
        {text} {remedy}
      </Text>
      {clip.canRetry && <RetryClipButton clipId={clip.id} />}
    </>
  );
}

function WorkingState({ text, percent }: { text: string; percent: number | null }) {
  return (
    <>
      <div className={classes.state}>
        <Text c="dimmed" inherit>
          {text}
        </Text>
      </div>
      <Progress
        size="xs"
        value={percent ?? 100}
        animated={percent === null}
        striped={percent === null}
        aria-label={text}
      />
    </>
  );
}

function RefusedState({
  capture,
  error,
  onRemedy,
  onDismiss,
}: {
  capture: Capture;
  error: PresentedError;
  onRemedy: (remedy: Remedy) => void;
  onDismiss: () => void;
}) {
  const retry = useCaptureRetry();
  const remedy = remedyOf(error);
  return (
    <div role="alert">
      <Text size="xs" c="dimmed">
        {error.remedy}
        {error.errorId !== null && ` Error id: ${error.errorId}`}
      </Text>
      {remedy === 'try-again' && (
        <Button mt={6} size="compact-sm" variant="default" onClick={() => retry(capture)}>
          {REMEDY_LABELS[remedy]}
        </Button>
      )}
      {remedy === 'manage-clips' && (
        <Button
          mt={6}
          size="compact-sm"
          variant="default"
          onClick={() => {
            onRemedy(remedy);
            onDismiss();
          }}
        >
          {REMEDY_LABELS[remedy]}
        </Button>
      )}
    </div>
  );
}
