import { trpc } from '../../api/trpc.ts';

/** Returns what the caller may do with the replay buffer in a community. */
export function useRecordingActions(communityId: string | undefined): {
  /** The obstacle is why the buffer can't be switched on; null when it can, or while that isn't known yet. */
  obstacle: 'PERMISSION_DENIED' | 'REPLAY_DISABLED' | null;
  canCapture: boolean;
} {
  const { data } = trpc.community.list.useQuery();
  const community = data?.find(({ id }) => id === communityId);
  if (community === undefined) return { obstacle: null, canCapture: true };
  const { actions, isReplayEnabled } = community;
  const canCapture = actions.includes('CAPTURE_REPLAY');
  if (!actions.includes('ENABLE_REPLAY_BUFFER')) return { obstacle: 'PERMISSION_DENIED', canCapture };
  return { obstacle: isReplayEnabled ? null : 'REPLAY_DISABLED', canCapture };
}
