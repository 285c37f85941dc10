import type { RoomSession } from '@hindsight/shared/replay/replay';

/** This announces a recording of somebody else to the person. */
export interface RecordingNotice {
  sessionId: string;
  text: string;
}

/**
 * Returns what to announce of the recordings in a channel: each session once, and not the person's own, whose state
 * they see already.
 * @param told ids of sessions that have been announced
 * @param isFirstLook the person has just come in, so these run already
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
