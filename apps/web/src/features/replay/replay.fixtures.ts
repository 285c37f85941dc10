import type { MyReplay, SessionDto } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';
import { clip } from '../../domain/clip/clip.fixtures.ts';

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
export const savedClip = clip({
  title: 'Clip from Lounge',
  channelId: CHANNEL_ID,
  channelName: 'Lounge',
  from: iso(-MINUTE),
  to: iso(0),
  durationMs: MINUTE,
  videoUrl: null,
  posterUrl: null,
  downloadUrl: null,
});
