import type { ClipLevelsInput } from '@hindsight/shared/clips/clip-voices';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';

/** Has a clip mixed anew at other levels. @param onAsked is called when the server will do so */
export function useMixAnew(clipId: string, onAsked: () => void) {
  const utils = trpc.useUtils();
  const { mutate, isPending } = trpc.clip.level.update.useMutation({
    onError: (error) => announceError(presentError(error)),
    async onSuccess() {
      await Promise.all([utils.clip.get.invalidate({ clipId }), utils.clip.level.get.invalidate({ clipId })]);
      onAsked();
    },
  });
  return {
    mixAt: (levels: Omit<ClipLevelsInput, 'clipId'>) => mutate({ clipId, ...levels }),
    isAsking: isPending,
  };
}
