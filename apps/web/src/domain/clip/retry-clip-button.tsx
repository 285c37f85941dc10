import { Button } from '@mantine/core';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/** Has a failed clip made again; says so when that is refused. */
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
