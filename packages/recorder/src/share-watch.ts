import {
  DisconnectReason,
  Encryption_Type,
  ParticipantInfo_State,
  TrackType,
  type ParticipantInfo,
  type TrackInfo,
} from '@livekit/protocol';
import type { RecordingEnd, RecordingRequest } from './recorder.port.ts';

/** What LiveKit's view of the room says about the share that is to be recorded. */
export type ShareState =
  | { kind: 'absent' }
  | {
      kind: 'shared';
      participantSid: string;
      isMuted: boolean;
      hasAudio: boolean;
      refusal: string | undefined;
    }
  | { kind: 'ended'; reason: RecordingEnd };

type Tracks = Pick<RecordingRequest, 'identity' | 'videoTrackSid' | 'audioTrackSid'>;

/** The publisher or LiveKit noticed a connection that was no more; everything else is somebody's decision. */
const LOST_CONNECTION = new Set([
  DisconnectReason.UNKNOWN_REASON,
  DisconnectReason.SIGNAL_CLOSE,
  DisconnectReason.STATE_MISMATCH,
  DisconnectReason.JOIN_FAILURE,
  DisconnectReason.CONNECTION_TIMEOUT,
  DisconnectReason.MEDIA_FAILURE,
]);

/** Reads a list of participants; `absent` when it says nothing about the sharer. */
export function readShare(participants: readonly ParticipantInfo[], wanted: Tracks): ShareState {
  const sharer = participants.find((participant) => participant.identity === wanted.identity);
  if (sharer === undefined) return { kind: 'absent' };
  if (sharer.state === ParticipantInfo_State.DISCONNECTED) {
    const isLost = LOST_CONNECTION.has(sharer.disconnectReason);
    return { kind: 'ended', reason: isLost ? 'connection-lost' : 'participant-left' };
  }
  const find = (sid: string | undefined, type: TrackType): TrackInfo | undefined =>
    sharer.tracks.find((track) => track.sid === sid && track.type === type);
  const video = find(wanted.videoTrackSid, TrackType.VIDEO);
  const audio = find(wanted.audioTrackSid, TrackType.AUDIO);
  if (video === undefined) return { kind: 'ended', reason: 'share-ended' };
  return {
    kind: 'shared',
    participantSid: sharer.sid,
    isMuted: video.muted,
    hasAudio: audio !== undefined,
    refusal: refusalOf(video),
  };
}

const RECORDABLE = new Set(['video/h264', 'video/vp8', 'video/vp9', 'video/av1']);

/** Why a track can't be recorded; undefined when it can. */
function refusalOf(video: TrackInfo): string | undefined {
  if (video.encryption !== Encryption_Type.NONE) {
    return 'The share is end-to-end encrypted, so it cannot be recorded.';
  }
  // Unknown until its first packets have come.
  if (video.mimeType !== '' && !RECORDABLE.has(video.mimeType.toLowerCase())) {
    const codec = video.mimeType.replace(/^video\//i, '');
    return `The share is published as ${codec}; only H.264, VP8, VP9 and AV1 can be recorded.`;
  }
  return undefined;
}
