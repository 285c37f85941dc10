import type { RoomSession } from '@hindsight/shared/replay';

/** A recording of somebody else that one has to be told of. */
export interface RecordingNotice {
  sessionId: string;
  text: string;
}

/**
 * What to tell of the recordings in a channel: each session once, and not one's own, which has a clear state already.
 * @param told ids of sessions that have been told of
 * @param isFirstLook the caller has just come in: these run already
 */
export function recordingsToAnnounce(
  sessions: readonly Pick<RoomSession, 'id' | 'userId' | 'username'>[],
  { told, myUserId, isFirstLook }: { told: ReadonlySet<string>; myUserId: string; isFirstLook: boolean },
): RecordingNotice[] {
  return sessions
    .filter(({ id, userId }) => userId !== myUserId && !told.has(id))
    .map(({ id, username }) => ({
      sessionId: id,
      text: isFirstLook ? `${username} is being recorded` : `${username} is now being recorded`,
    }));
}
