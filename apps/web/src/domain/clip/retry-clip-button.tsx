import { Button } from '@mantine/core';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/** Shows a button that has a failed clip made again, and announces when the server refuses. */
export function RetryClipButton({ clipId }: { clipId: string }) {
  const retry = trpc.clip.retry.useMutation({ onError: (error) => announceError(presentError(error)) });
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={retry.isPending}
      onClick={() => retry.mutate({ clipId })}
    >
      Retry
    </Button>
  );
}
