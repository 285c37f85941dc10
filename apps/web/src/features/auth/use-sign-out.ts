import { useQueryClient } from '@tanstack/react-query';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/** Signs out, and forgets everything that belonged to the account. */
export function useSignOut(): { signOut: (also?: { revokeKeys: boolean }) => void; isPending: boolean } {
  const queryClient = useQueryClient();
  const utils = trpc.useUtils();
  const { mutate, isPending } = trpc.auth.logout.useMutation({
    async onSuccess() {
      await queryClient.cancelQueries();
      utils.auth.status.setData(undefined, (status) => status && { ...status, user: null });
      queryClient.removeQueries({ predicate: ({ state }) => state.data !== utils.auth.status.getData() });
    },
    onError: (error) => announceError(presentError(error)),
  });
  return { signOut: (also) => mutate(also), isPending };
}
