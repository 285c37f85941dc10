import { setTimeout as sleep } from 'node:timers/promises';
import type { PrismaClient } from '@hindsight/db/client';
import { SAMPLES_PER_MS } from '@hindsight/recorder/voices/voice-piece';
import { PEAK_MS } from '@hindsight/shared/replay/preview';
import { SECOND } from '@hindsight/shared/units';
import type { MixRecipe } from '../mix/mix-recipe.ts';
import type { MixThreads } from '../mix/mix-threads.ts';
import type { PinnedClip } from './pinned-segments.ts';

/** So much is decoded at once; a clip that somebody watches is mixed in between. */
const PART_MS = 10 * SECOND;

interface ClipLoudnessDependencies {
  db: PrismaClient;
  thread: Pick<MixThreads, 'loudness'>;
}

/** How loud each person is in a clip, and the share (null), for each `PEAK_MS`. */
type LoudnessByPerson = Map<string | null, Uint8Array<ArrayBuffer>>;

export type ClipLoudness = ReturnType<typeof createClipLoudness>;

/** Keeps with a clip who spoke when. */
export function createClipLoudness({ db, thread }: ClipLoudnessDependencies) {
  /** It takes breaks as long as its work, because recordings come first. */
  async function measure(
    recipe: MixRecipe,
    durationMs: number,
    signal: AbortSignal,
  ): Promise<LoudnessByPerson> {
    const found: LoudnessByPerson = new Map();
    // The mix begins a little before the clip, and ends with it.
    const startTicks = (recipe.sections.at(-1)?.toTicks ?? 0) - durationMs * SAMPLES_PER_MS;
    const toTicks = (ms: number) => startTicks + Math.min(ms, durationMs) * SAMPLES_PER_MS;
    for (let fromMs = 0; fromMs < durationMs; fromMs += PART_MS) {
      signal.throwIfAborted();
      const startedAt = performance.now();
      const stretch = { from: toTicks(fromMs), to: toTicks(fromMs + PART_MS) };
      for (const { userId, levels } of (await thread.loudness(recipe, stretch, 'background')) ?? []) {
        const all = found.get(userId) ?? new Uint8Array(Math.ceil(durationMs / PEAK_MS));
        all.set(levels, fromMs / PEAK_MS);
        found.set(userId, all);
      }
      await sleep(performance.now() - startedAt, undefined, { signal });
    }
    return found;
  }

  return {
    /**
     * Notes how loud voices and the share are in a pinned clip with mixed sound. Whoever is no longer in it gets nothing.
     * @throws the file system's errors
     */
    async keep({ clipId, recipe }: PinnedClip, signal: AbortSignal): Promise<void> {
      if (recipe === null) return;
      const clip = await db.replayClip.findUnique({ where: { id: clipId }, select: { durationMs: true } });
      if (clip === null) return;
      const found = await measure(recipe, clip.durationMs, signal);
      await db.$transaction(async (tx) => {
        for (const [userId, loudness] of found) {
          if (userId !== null)
            await tx.clipVoice.updateMany({
              where: { clipId, userId, takenOutAt: null },
              data: { loudness },
            });
          else
            await tx.clipShareLoudness.upsert({
              where: { clipId },
              create: { clipId, loudness },
              update: { loudness },
            });
        }
      });
    },
  };
}
