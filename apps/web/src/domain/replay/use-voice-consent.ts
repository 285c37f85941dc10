import type { VoiceConsentUpdateInput } from '@hindsight/shared/replay/voice-consent';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/**
 * Returns what the person has said to their voice in replay buffers, and changes it. A change is shown once the server has made
 * buffers keep to it, never before.
 */
export function useVoiceConsent() {
  const utils = trpc.useUtils();
  const query = trpc.consent.get.useQuery();
  const options = {
    onSuccess: (state: typeof query.data) => utils.consent.get.setData(undefined, state),
    onError: (failure: Parameters<typeof presentError>[0]) => {
      announceError(presentError(failure));
      void utils.consent.get.invalidate();
    },
  };
  const update = trpc.consent.update.useMutation(options);
  const answer = trpc.consent.answer.useMutation(options);
  return {
    consent: query.data ?? null,
    error: query.error,
    refetch: query.refetch,
    isChanging: update.isPending || answer.isPending,
    update: (change: VoiceConsentUpdateInput) => update.mutate(change),
    answer: (communityId: string, mayKeepVoice: boolean) => answer.mutate({ communityId, mayKeepVoice }),
  };
}
