import type { SessionDto } from '@hindsight/shared/replay';
import type { ReplayState } from './replay.slice.ts';

/** Which face the Replay control shows. */
export type ReplayFace =
  /** Nothing is shared: the switch is a wish for the next share. */
  'not-sharing' | 'off' | 'starting' | 'active' | 'stopping';

/**
 * Joins what the person shares, what they asked for and what the server says into one face. A share that has ended
 * wins over a session that still runs: the server learns of the end a moment later.
 */
export function replayFace({
  share,
  request,
  session,
}: {
  share: object | null;
  request: ReplayState['request'];
  session: Pick<SessionDto, 'status'> | null;
}): ReplayFace {
  if (share === null) return 'not-sharing';
  if (request === 'stopping') return 'stopping';
  if (session?.status === 'ACTIVE') return 'active';
  if (request === 'starting' || session?.status === 'STARTING') return 'starting';
  return 'off';
}

/** Whether the switch stands at on. Without a share it shows the wish, which the next share fulfils. */
export function isSwitchOn(face: ReplayFace, isWanted: boolean): boolean {
  if (face === 'not-sharing') return isWanted;
  return face === 'starting' || face === 'active';
}
