import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { MyReplay, SessionDto } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';

/** The snapshots below were taken at this moment. */
const SNAPSHOT_AT = Date.parse('2026-11-21T10:00:00.000Z');
export const CHANNEL_ID = '0199a000-0000-7000-8000-000000000001';

export function iso(offsetMs: number): string {
  return new Date(SNAPSHOT_AT + offsetMs).toISOString();
}

export function session(changes: Partial<SessionDto> = {}): SessionDto {
  return {
    id: '0199a000-0000-7000-8000-0000000000aa',
    channelId: CHANNEL_ID,
    videoTrackSid: 'TR_share',
    status: 'ACTIVE',
    quality: '720p',
    health: 'OK',
    startedAt: iso(-3 * MINUTE),
    endedAt: null,
    endReason: null,
    captureableUntil: null,
    ...changes,
  };
}

/** Returns a snapshot of a buffer. Ranges are offsets in ms from the moment of the snapshot. */
export function snapshot(of: SessionDto | null, ...ranges: [fromMs: number, toMs: number][]): MyReplay {
  return {
    session: of,
    windowMs: 10 * MINUTE,
    markers: [],
    freshFrom: null,
    ranges: ranges.map(([from, to]) => ({ from: iso(from), to: iso(to) })),
    at: iso(0),
  };
}

export function endedSession(graceLeftMs: number): SessionDto {
  return session({
    status: 'STOPPED',
    endedAt: iso(-MINUTE),
    endReason: 'SHARE_ENDED',
    captureableUntil: iso(graceLeftMs),
  });
}

/** This clip is saved, and holds the minute before the snapshots. */
export const savedClip: ClipDto = {
  id: '0199a000-0000-7000-8000-00000000c11b',
  title: 'Clip from Lounge',
  channelId: CHANNEL_ID,
  channelName: 'Lounge',
  communityId: '0199a000-0000-7000-8000-000000000002',
  status: 'READY',
  phase: null,
  progress: null,
  errorCode: null,
  canRetry: false,
  from: iso(-60 * SECOND),
  to: iso(0),
  durationMs: 60 * SECOND,
  sizeBytes: 20_000_000,
  width: 1280,
  height: 720,
  videoCodec: 'h264',
  audioCodec: 'opus',
  pressedAt: iso(0),
  createdAt: iso(0),
  videoUrl: null,
  posterUrl: null,
  downloadUrl: null,
  sprite: null,
  markers: [],
  trimOfId: null,
};
