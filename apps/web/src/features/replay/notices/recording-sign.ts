import type { EndReason, MyReplay } from '@hindsight/shared/replay/replay';

/**
 * How one's own recording stands: `lost` is one that ended, or gets nothing, without having been asked to end; `unknown` is one that ran
 * when the server was last heard.
 */
export type RecordingSign = 'none' | 'on' | 'lost' | 'unknown';

const LOSSES: Partial<Record<EndReason, string>> = {
  STOPPED_BY_ADMIN: 'An admin stopped it.',
  CONNECTION_LOST: 'The connection was lost.',
  RECORDER_FAILED: 'The recorder failed.',
  DISK_FULL: 'The server’s disk is full.',
  SERVER_SHUT_DOWN: 'The server was shut down.',
};

/**
 * Returns the sign of what the server says of one's own recording, and the reason of a loss in a sentence.
 * @param hasCallEnded tells that the call ended by itself, so that having left wasn't the person's choice
 * @param isUnheard tells that the server was not heard for a while
 */
export function recordingSign(
  mine: Pick<MyReplay, 'session'> | undefined,
  { hasCallEnded, isUnheard }: { hasCallEnded: boolean; isUnheard: boolean },
): { sign: RecordingSign; reason: string | null } {
  const session = mine?.session ?? null;
  if (session === null || session.status === 'STARTING') return { sign: 'none', reason: null };
  if (session.status === 'ACTIVE' && isUnheard)
    return { sign: 'unknown', reason: 'The server is silent, and the recording may have ended.' };
  if (session.status === 'ACTIVE')
    return session.health === 'OK'
      ? { sign: 'on', reason: null }
      : { sign: 'lost', reason: 'No new picture or sound arrives.' };
  if (session.endReason === 'LEFT' && hasCallEnded)
    return { sign: 'lost', reason: 'The call ended by itself.' };
  const reason = session.endReason === null ? null : (LOSSES[session.endReason] ?? null);
  return { sign: reason === null ? 'none' : 'lost', reason };
}
