import type { VoiceParticipant } from '@hindsight/shared/community/voice';
import type { RoomPerson } from '../room/voice.slice.ts';

/** This is a person beneath a channel's name. What only members of the room know is false for people outside. */
export interface ListedPerson {
  userId: string;
  username: string;
  isSpeaking: boolean;
  isMuted: boolean;
  isDeafened: boolean;
  isSharing: boolean;
  isRecorded: boolean;
  isVoiceKept: boolean;
}

/**
 * Returns who is in a channel. For the room that the person is in, the room itself knows best and at once; for others
 * the server tells.
 * @param room the people of the room when it is this channel's, else null
 */
export function listedPeople(
  present: readonly VoiceParticipant[],
  room: { people: readonly RoomPerson[]; isDeafened: boolean } | null,
): ListedPerson[] {
  if (room === null || room.people.length === 0)
    return present.map((person) => ({ ...person, isSpeaking: false, isMuted: false, isDeafened: false }));
  const kept = new Set(present.filter(({ isVoiceKept }) => isVoiceKept).map(({ userId }) => userId));
  const recorded = new Set(present.filter(({ isRecorded }) => isRecorded).map(({ userId }) => userId));
  return room.people.map(({ userId, username, isSpeaking, isMicOn, isLocal, isSharing }) => ({
    userId,
    username,
    isSpeaking,
    isMuted: !isMicOn,
    isDeafened: isLocal && room.isDeafened,
    isSharing,
    isRecorded: recorded.has(userId),
    isVoiceKept: kept.has(userId),
  }));
}
