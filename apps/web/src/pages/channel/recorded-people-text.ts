import { recordingText } from '../../domain/replay/recording-text.ts';

/** Says who is being recorded, or may still be if the server was not heard for a while (`isUnheard`); null when nobody is. */
export function recordedPeopleText(
  sessions: readonly { userId: string; username: string }[],
  myUserId: string | null,
  isUnheard: boolean,
): string | null {
  const [first, ...others] = sessions;
  if (first === undefined) return null;
  if (others.length > 0) return recordingText({ count: sessions.length }, isUnheard);
  return recordingText(first.userId === myUserId ? 'you' : first, isUnheard);
}
