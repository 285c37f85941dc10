import type { Participant, Room, Track } from 'livekit-client';
import type { LinkQuality, LocalShare, RoomPerson } from './voice.slice.ts';

// livekit's enums are plain strings; naming them here keeps the library out of the first download.
const SCREEN_SHARE = 'screen_share' as Track.Source;
const SCREEN_SHARE_AUDIO = 'screen_share_audio' as Track.Source;

const LINK_QUALITIES: readonly string[] = ['excellent', 'good', 'poor', 'lost'] satisfies LinkQuality[];

function isLinkQuality(value: string): value is LinkQuality {
  return LINK_QUALITIES.includes(value);
}

function personOf(participant: Participant): RoomPerson {
  const quality: string = participant.connectionQuality;
  const share = participant.getTrackPublication(SCREEN_SHARE);
  return {
    userId: participant.identity,
    username: participant.name ?? participant.identity,
    isLocal: participant.isLocal,
    isSpeaking: participant.isSpeaking,
    isMicOn: participant.isMicrophoneEnabled,
    linkQuality: isLinkQuality(quality) ? quality : 'unknown',
    isSharing: share !== undefined,
    // A share is announced before its picture arrives, and the picture changes when a connection is made anew.
    pictureId: share?.videoTrack?.mediaStreamTrack.id ?? null,
  };
}

/** Returns everybody in the room, the caller first, the others by name. */
export function peopleOf(room: Room): RoomPerson[] {
  const others = [...room.remoteParticipants.values()].map(personOf);
  others.sort((a, b) => a.username.localeCompare(b.username));
  return [personOf(room.localParticipant), ...others];
}

/** Returns the caller's share as it is published now. */
export function localShareOf(
  room: Room,
  { quality, isPictureMissing }: Pick<LocalShare, 'quality' | 'isPictureMissing'>,
): LocalShare | null {
  const video = room.localParticipant.getTrackPublication(SCREEN_SHARE);
  if (video === undefined) return null;
  const audio = room.localParticipant.getTrackPublication(SCREEN_SHARE_AUDIO);
  return { videoTrackSid: video.trackSid, audioTrackSid: audio?.trackSid ?? null, quality, isPictureMissing };
}
