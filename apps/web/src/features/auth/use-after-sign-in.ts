import type { UserDto } from '@hindsight/shared/account/user';
import { trpc } from '../../api/trpc.ts';

/**
 * Updates what the app knows after a successful sign-in or sign-up. The guards then see the user and show the pages.
 */
export function useAfterSignIn(): (user: UserDto) => void {
  const utils = trpc.useUtils();
  return (user) => {
    // A member is told other things about an invite than a guest.
    void utils.invite.invalidate();
    utils.auth.status.setData(undefined, (status) => ({
      registration: status?.registration ?? 'open',
      isFirstAccount: false,
      user,
    }));
  };
}
