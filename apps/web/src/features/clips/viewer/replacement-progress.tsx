import { Alert, Progress, Text } from '@mantine/core';
import { useEffect, useEffectEvent } from 'react';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { clipFailure, clipProgress } from '../../../domain/clip/clip-progress.ts';
import { RetryClipButton } from '../../../domain/clip/retry-clip-button.tsx';

/** Shows how far the shorter version is that will replace a clip. It disappears once the clip is replaced. */
export function ReplacementProgress({
  replacementId,
  onDone,
}: {
  replacementId: string;
  onDone: () => void;
}) {
  const { data: clip, error } = trpc.clip.get.useQuery({ clipId: replacementId });
  const isGone = error !== null && presentError(error).code === 'NOT_FOUND';
  const done = useEffectEvent(onDone);
  useEffect(() => {
    if (isGone) done();
  }, [isGone]);
  if (clip === undefined || isGone) return null;
  if (clip.status === 'FAILED') {
    const { text, remedy } = clipFailure(clip);
    return (
      <Alert color="red" variant="light" role="alert" title="The clip was not replaced">
        <Text>
          {text} {remedy}
        </Text>
        {clip.canRetry && <RetryClipButton clipId={clip.id} />}
      </Alert>
    );
  }
  const { text, percent } = clipProgress(clip);
  return (
    <Alert color="gray" variant="light" role="status" title="The shorter version is on its way">
      <Text className="tabular" mb={6}>
        {text}. Until then the original plays.
      </Text>
      <Progress
        size="sm"
        value={percent ?? 100}
        striped={percent === null}
        animated={percent === null}
        aria-label={text}
      />
    </Alert>
  );
}
