import { Button, Progress, Text } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconMovie, IconShare2 } from '@tabler/icons-react';
import { useDispatch } from 'react-redux';
import { Link } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { presentError, type PresentedError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatBytes } from '../../../format/format-bytes.ts';
import { spokenLength } from '../../../format/format-length.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { clipFailure } from '../../../domain/clip/clip-progress.ts';
import { useClipProgress } from '../../../domain/clip/use-clip-progress.ts';
import { dialogOpened } from '../../../domain/dialogs/dialogs.slice.ts';
import { RetryClipButton } from '../../../domain/clip/retry-clip-button.tsx';
import { useNow } from '../../../ui/use-now.ts';
import classes from './capture-toasts.module.css';
import { REMEDY_LABELS, remedyOf, type Remedy } from '../session/error-remedy.ts';
import { captureSettled, type CaptureToast as Capture } from '../session/replay.slice.ts';
import { useCaptureRetry } from './use-capture.ts';
import { useUndoCapture } from './use-undo-capture.ts';

/** Shows what is being done, with a progress bar. */
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

/** Shows that the server was asked, and when it does not answer, what becomes of the press. */
export function AskingState({ isUnanswered }: { isUnanswered: boolean }) {
  return (
    <>
      <WorkingState text={isUnanswered ? 'Waiting for the server…' : 'Saving…'} percent={null} />
      {isUnanswered && (
        <Text size="xs" c="dimmed" role="status">
          No answer yet, so it is sent again. The clip ends when you pressed, however long this takes.
        </Text>
      )}
    </>
  );
}

function ClipWork({ clip }: { clip: ClipDto }) {
  return <WorkingState {...useClipProgress(clip)} />;
}

/** Shows how far a clip is that the server has accepted, and what can be done with it. */
export function ClipState({
  capture,
  clip,
  onDismiss,
}: {
  capture: Capture;
  clip: ClipDto;
  onDismiss: () => void;
}) {
  const dispatch = useDispatch();
  const { undo, isUndoing } = useUndoCapture(capture.key);
  const isReady = clip.status === 'READY';
  return (
    <>
      {clip.status === 'PROCESSING' && <ClipWork clip={clip} />}
      {isReady && (
        <div className={classes.state}>
          <span className={classes.saved}>
            <IconCheck size={16} aria-hidden /> Saved
            <Text span size="xs" c="dimmed" fw={400}>
              {formatBytes(clip.sizeBytes)}
            </Text>
          </span>
        </div>
      )}
      {clip.status === 'FAILED' && <FailedState clip={clip} />}
      <OldPicture capture={capture} clip={clip} />
      <div className={classes.actions}>
        {isReady && (
          <>
            <Button
              size="compact-sm"
              component={Link}
              to={`/clips/${clip.id}`}
              leftSection={<IconMovie size={15} aria-hidden />}
              onClick={onDismiss}
            >
              Watch
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconShare2 size={15} aria-hidden />}
              onClick={() => {
                dispatch(dialogOpened({ kind: 'share-clip', clipId: clip.id, title: clip.title }));
                onDismiss();
              }}
            >
              Share
            </Button>
          </>
        )}
        {clip.status === 'FAILED' && clip.canRetry && <RetryClipButton clipId={clip.id} />}
        <Button
          size="compact-sm"
          variant="default"
          loading={isUndoing}
          leftSection={<IconArrowBackUp size={15} aria-hidden />}
          onClick={() => undo(clip.id)}
        >
          {clip.status === 'FAILED' ? 'Discard' : 'Undo'}
        </Button>
      </div>
    </>
  );
}

/** Says that the picture stands still at the end, because the newest ones never reached the server. */
function OldPicture({ capture: { outcome }, clip }: { capture: Capture; clip: ClipDto }) {
  if (outcome.kind !== 'accepted' || outcome.lastPictureAt === null) return null;
  const forMs = Date.parse(clip.to) - Date.parse(outcome.lastPictureAt);
  return (
    <Text size="xs" role="status">
      Its last {spokenLength(forMs)} are sound alone: the picture stopped arriving.
    </Text>
  );
}

function FailedState({ clip }: { clip: ClipDto }) {
  const { text, remedy } = clipFailure(clip);
  return (
    <Text size="xs" className={classes.failed}>
      {text} {remedy}
    </Text>
  );
}

/** Shows that a capture was undone, and offers to restore it. */
export function UndoneState({
  capture,
  clipId,
  restorableUntilMs,
}: {
  capture: Capture;
  clipId: string;
  restorableUntilMs: number | null;
}) {
  const dispatch = useDispatch();
  const utils = trpc.useUtils();
  const now = useNow(SECOND, restorableUntilMs !== null);
  const restore = trpc.clip.restore.useMutation({
    async onSuccess() {
      await utils.clip.invalidate();
      void utils.quota.mine.invalidate();
      void utils.replay.mine.invalidate();
      const outcome = { kind: 'accepted', clipId, isShorterThanAsked: false, lastPictureAt: null } as const;
      dispatch(captureSettled({ key: capture.key, outcome }));
    },
    onError: (error) => announceError(presentError(error)),
  });
  const isRestorable = restorableUntilMs !== null && now < restorableUntilMs;
  return (
    <div className={classes.state} role="status">
      <Text c="dimmed" inherit>
        Not saved. It takes no storage.
      </Text>
      {isRestorable && (
        <Button
          size="compact-sm"
          variant="default"
          loading={restore.isPending}
          onClick={() => restore.mutate({ clipIds: [clipId] })}
        >
          Restore
        </Button>
      )}
    </div>
  );
}

/** Shows why nothing was saved, and the one thing to do about it. */
export function RefusedState({
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
