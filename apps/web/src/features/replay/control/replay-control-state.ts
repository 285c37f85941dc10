import type { SessionDto } from '@hindsight/shared/replay/replay';
import type { ReplayState } from '../session/replay.slice.ts';
import type { RecordableShare } from '../session/use-replay-requests.ts';

/** This is the state that the Replay control shows. */
export type ReplayControlState =
  /** Nothing is shared: the switch shows the wish for the next share. */
  | 'not-sharing'
  | 'off'
  | 'starting'
  | 'active'
  | 'stopping'
  /** The recording of this share goes on once there is room on the server's disk. */
  | 'waiting';

/**
 * Joins what the person shares, what they asked for and what the server says into one state. A share that has ended
 * wins over a session that still runs, because the server learns of the end a moment later.
 */
export function replayControlState({
  share,
  request,
  session,
}: {
  share: Pick<RecordableShare, 'videoTrackSid'> | null;
  request: ReplayState['request'];
  session: Pick<SessionDto, 'status' | 'endReason' | 'videoTrackSid'> | null;
}): ReplayControlState {
  if (share === null) return 'not-sharing';
  if (request === 'stopping') return 'stopping';
  if (session?.status === 'ACTIVE') return 'active';
  if (request === 'starting' || session?.status === 'STARTING') return 'starting';
  if (session?.endReason === 'DISK_FULL' && session.videoTrackSid === share.videoTrackSid) return 'waiting';
  return 'off';
}

/** Tells whether the switch is on. Without a share it shows the wish, which the next share fulfils. */
export function isSwitchOn(state: ReplayControlState, isWanted: boolean): boolean {
  if (state === 'not-sharing') return isWanted;
  return state === 'starting' || state === 'active' || state === 'waiting';
}
