import { Button, Progress, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { clipFailure } from '../../../domain/clip/clip-progress.ts';
import { useClipProgress } from '../../../domain/clip/use-clip-progress.ts';
import classes from './clip-view.module.css';

/** Stands in place of a clip that can't be played (yet): it shows how far the clip is, or why it failed. */
export function UnfinishedClip({ clip }: { clip: ClipDto }) {
  const retry = trpc.clip.retry.useMutation({ onError: (error) => announceError(presentError(error)) });
  const { text: progressText, percent } = useClipProgress(clip);
  if (clip.status === 'FAILED') {
    const { text, remedy } = clipFailure(clip);
    return (
      <Stack className={classes.waiting} role="alert">
        <IconAlertTriangle size={36} stroke={1.5} color="var(--mantine-color-error)" aria-hidden />
        <Text fw={600}>{text}</Text>
        <Text c="dimmed">{remedy}</Text>
        {clip.canRetry && (
          <Button loading={retry.isPending} onClick={() => retry.mutate({ clipId: clip.id })}>
            Retry
          </Button>
        )}
      </Stack>
    );
  }
  return (
    <Stack className={classes.waiting} role="status">
      <Text className="tabular">{progressText}</Text>
      <Progress
        w="min(320px, 80%)"
        value={percent ?? 100}
        striped={percent === null}
        animated={percent === null}
        aria-label={progressText}
      />
    </Stack>
  );
}
