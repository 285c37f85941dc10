import type { Preview } from '@hindsight/shared/replay/preview';
import { MINUTE } from '@hindsight/shared/units';

export const CHANNEL_ID = '0199a000-0000-7000-8000-000000000001';
export const MARKER_ID = '0199a000-0000-7000-8000-0000000000aa';

const ORIGIN = Date.parse('2026-11-21T10:00:00.000Z');

/** Returns the time that lies so many ms after the first picture. */
export function iso(offsetMs: number): string {
  return new Date(ORIGIN + offsetMs).toISOString();
}

/**
 * The preview has two recordings of 8 s with 12 s between them, in pieces of 4 s and 1000 bytes, kept until ten minutes
 * later.
 */
export const preview: Preview = {
  at: iso(28_000),
  from: iso(0),
  to: iso(28_000),
  ranges: [
    { from: iso(0), to: iso(8000) },
    { from: iso(20_000), to: iso(28_000) },
  ],
  gaps: [{ from: iso(8000), to: iso(20_000) }],
  pieces: [0, 4000, 20_000, 24_000].map((fromMs) => ({
    key: `s/${fromMs}`,
    from: iso(fromMs),
    to: iso(fromMs + 4000),
    sizeBytes: 1000,
    keptUntil: iso(fromMs + 4000 + 10 * MINUTE),
    isMixable: true,
  })),
  markers: [{ id: MARKER_ID, at: iso(5000), label: 'Goal' }],
  playlistUrl: '/api/buffers/u/c/index.m3u8',
  piecesUrl: '/api/buffers/u/c/',
  availableQuotaBytes: 2500,
};
