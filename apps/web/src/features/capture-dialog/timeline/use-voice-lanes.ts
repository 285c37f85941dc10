import { useEffect, useMemo, useState } from 'react';
import { MAX_VOICE_PEAKS_MS, PEAK_MS, type VoicePeaks } from '@hindsight/shared/replay/preview';
import { trpc } from '../../../api/trpc.ts';
import { SHARE_KEY } from '../../../domain/sound/source-levels.ts';
import type { VoiceLane } from '../../../domain/timeline/voice-lanes.tsx';
import type { TimelinePiece } from '../buffer-timeline.ts';
import type { PeaksByKey } from './use-peaks.ts';

type VoicesById = ReadonlyMap<string, Omit<VoicePeaks, 'userId'>>;

/**
 * Asks who spoke when in a buffer, the newest minute first: the server decodes the voices when it is asked.
 * @param peaks the loudness of the share, by the keys of its pieces
 * @returns the share and the voices, one's own first; nothing while no voice is known
 */
export function useVoiceLanes(
  channelId: string,
  buffer: { originAt: number; durationMs: number; pieces: readonly TimelinePiece[] },
  peaks: PeaksByKey,
): readonly VoiceLane[] {
  const { originAt, durationMs, pieces } = buffer;
  const { client } = trpc.useUtils();
  const [voices, setVoices] = useState<VoicesById>(new Map());

  useEffect(() => {
    const unmounted = new AbortController();
    async function load(): Promise<void> {
      for (let end = durationMs; end > 0; end -= MAX_VOICE_PEAKS_MS) {
        const start = Math.max(0, end - MAX_VOICE_PEAKS_MS);
        const [from, to] = [start, end].map((ms) => new Date(originAt + ms).toISOString());
        if (from === undefined || to === undefined) return;
        const answer = await client.replay.voicePeaks.query(
          { channelId, from, to },
          { signal: unmounted.signal },
        );
        setVoices((before) => withMinute(before, answer, start, durationMs));
      }
    }
    // Without voices the timeline is plain, and still works.
    load().catch(() => undefined);
    return () => unmounted.abort();
  }, [client, channelId, originAt, durationMs]);

  return useMemo(() => {
    if (voices.size === 0) return [];
    const ofVoices = [...voices]
      .toSorted(([, a], [, b]) => Number(b.isMine) - Number(a.isMine) || a.username.localeCompare(b.username))
      .map(([key, { username, isMine, peaks: levels }]) => ({
        ...{ key, levels, isMine },
        name: isMine ? 'Me' : username,
      }));
    const ofShare = silence(durationMs);
    for (const { key, fromMs } of pieces) place(ofShare, peaks.get(key) ?? [], fromMs);
    return [{ key: SHARE_KEY, name: 'Share', isMine: false, levels: ofShare }, ...ofVoices];
  }, [voices, peaks, pieces, durationMs]);
}

function withMinute(
  before: VoicesById,
  minute: readonly VoicePeaks[],
  startMs: number,
  durationMs: number,
): VoicesById {
  const after = new Map(before);
  for (const { userId, peaks, ...person } of minute) {
    const levels = [...(before.get(userId)?.peaks ?? silence(durationMs))];
    place(levels, peaks, startMs);
    after.set(userId, { ...person, peaks: levels });
  }
  return after;
}

function silence(durationMs: number): number[] {
  return Array.from<number>({ length: Math.ceil(durationMs / PEAK_MS) }).fill(0);
}

/** Takes over the loudness of a part that begins at a time. */
function place(levels: number[], part: readonly number[], fromMs: number): void {
  const first = Math.floor(fromMs / PEAK_MS);
  for (const [index, level] of part.entries())
    if (first + index < levels.length) levels[first + index] = Math.max(levels[first + index] ?? 0, level);
}
