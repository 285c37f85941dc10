import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '@hindsight/shared/errors';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { TrackSource, type ParticipantInfo } from 'livekit-server-sdk';
import type { LiveKit } from '../voice/livekit.ts';

/** LiveKit lists a track when its first media arrives, a moment after the browser was told the track's SID. */
const LISTING_WAIT_MS = 2 * SECOND;
const LISTING_POLL_MS = 100;

export interface ShareTracks {
  videoTrackSid: string;
  audioTrackSid?: string | undefined;
}

/** This is what LiveKit knows of a participant. It is a type of its own so that tests can make plain ones. */
export type Publisher = Pick<ParticipantInfo, 'tracks'>;

type Judgement = 'own-share' | 'not-listed' | 'foreign';

/** Tells whether tracks are a participant's own ScreenShare and ScreenShareAudio. */
function judge({ tracks }: Publisher, { videoTrackSid, audioTrackSid }: ShareTracks): Judgement {
  const wanted = [
    { sid: videoTrackSid, source: TrackSource.SCREEN_SHARE },
    ...(audioTrackSid === undefined ? [] : [{ sid: audioTrackSid, source: TrackSource.SCREEN_SHARE_AUDIO }]),
  ];
  const found = wanted.map(({ sid, source }) => ({
    source,
    track: tracks.find((track) => track.sid === sid),
  }));
  if (found.some(({ track, source }) => track !== undefined && track.source !== source)) return 'foreign';
  return found.every(({ track }) => track !== undefined) ? 'own-share' : 'not-listed';
}

/** Returns the screen share that a participant publishes now, if any. */
export function publishedShare({ tracks }: Publisher): ShareTracks | null {
  const video = tracks.find(({ source }) => source === TrackSource.SCREEN_SHARE);
  const audio = tracks.find(({ source }) => source === TrackSource.SCREEN_SHARE_AUDIO);
  return video === undefined ? null : { videoTrackSid: video.sid, audioTrackSid: audio?.sid };
}

/**
 * Requires that the tracks are the user's own share in the room. It asks LiveKit and never trusts the client.
 * @throws AppError NOT_SHARING, TRACKS_NOT_YOURS, LIVEKIT_UNAVAILABLE
 */
export async function requireOwnShare(
  livekit: Pick<LiveKit, 'participant'>,
  { room, identity, ...tracks }: { room: string; identity: string } & ShareTracks,
): Promise<void> {
  const deadlineMs = performance.now() + LISTING_WAIT_MS;
  for (;;) {
    const participant = await livekit.participant(room, identity);
    if (participant === null) throw new AppError('NOT_SHARING');
    const judgement = judge(participant, tracks);
    if (judgement === 'own-share') return;
    if (judgement === 'foreign') throw new AppError('TRACKS_NOT_YOURS');
    if (performance.now() >= deadlineMs)
      throw new AppError(publishedShare(participant) === null ? 'NOT_SHARING' : 'TRACKS_NOT_YOURS');
    await sleep(LISTING_POLL_MS);
  }
}

/** Returns why a share is over, by LiveKit's current state of its publisher; null while it is on. SIDs are never reused. */
export function shareEnd(participant: Publisher | null, videoTrackSid: string): EndReason | null {
  if (participant === null) return 'LEFT';
  return participant.tracks.some(({ sid }) => sid === videoTrackSid) ? null : 'SHARE_ENDED';
}
