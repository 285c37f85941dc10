import { useEffect, useState } from 'react';
import { MAX_PIECES_AT_ONCE } from '@hindsight/shared/replay/preview';
import { trpc } from '../../../api/trpc.ts';

/** The map holds the loudness of each piece that is known so far; null when it can't be had. */
export type PeaksByKey = ReadonlyMap<string, readonly number[] | null>;

/**
 * Asks for the loudness of all pieces, the newest first, a few at a time: the server makes it when it is asked, and
 * other people wait for it too. Once a piece has been answered, its still is ready as well.
 */
export function usePeaks(channelId: string, keys: readonly string[]): PeaksByKey {
  const { client } = trpc.useUtils();
  const [known, setKnown] = useState<PeaksByKey>(new Map());

  useEffect(() => {
    const unmounted = new AbortController();
    async function load(): Promise<void> {
      for (let end = keys.length; end > 0; end -= MAX_PIECES_AT_ONCE) {
        const asked = keys.slice(Math.max(0, end - MAX_PIECES_AT_ONCE), end);
        const answer = await client.replay.peaks.query(
          { channelId, keys: asked },
          { signal: unmounted.signal },
        );
        setKnown((before) => new Map([...before, ...answer.map(({ key, peaks }) => [key, peaks] as const)]));
      }
    }
    // Without loudness the timeline is plain, and still works.
    load().catch(() => undefined);
    return () => unmounted.abort();
  }, [client, channelId, keys]);
  return known;
}
