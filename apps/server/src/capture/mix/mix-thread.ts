import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type * as worker from './mix.worker.ts';
import { chunkPackets, recipeOfChunk, type MixRecipe } from './mix-recipe.ts';
import { silentPackets } from './opus-codec.ts';
import type { Log } from '../../log.ts';

export type MixThread = ReturnType<typeof startMixThread>;

/** A chunk of a mix, and whether all of its sources are in it. */
export interface MixedChunk {
  packets: Buffer;
  isComplete: boolean;
}

/**
 * Mixes in a thread of its own, which stays: the first mix of a new thread takes half a second longer. The thread starts with
 * the first mix, or when it is told that one may come.
 */
export function startMixThread({ log }: { log: Pick<Log, 'warn'> }) {
  let pool: Piscina | null = null;

  function running(): Piscina {
    pool ??= new Piscina({
      filename: fileURLToPath(new URL('mix.worker.ts', import.meta.url)),
      minThreads: 1,
      maxThreads: 1,
    });
    return pool;
  }

  async function run<Name extends keyof typeof worker>(
    name: Name,
    input?: Parameters<(typeof worker)[Name]>[0],
  ): Promise<ReturnType<(typeof worker)[Name]>> {
    return (await running().run(input, { name })) as ReturnType<(typeof worker)[Name]>;
  }

  /** Returns null when the chunk can't be mixed. @throws the file system's errors */
  async function tryToMix(recipe: MixRecipe, chunk: number): Promise<Buffer | null> {
    const mixed = await run('mix', { recipe, chunk }).catch(async (error: unknown) => {
      log.warn({ err: error, chunk }, 'a chunk of sound could not be mixed');
      // The codec may be broken, and with it the thread.
      const broken = pool;
      pool = null;
      await broken?.destroy();
      return null;
    });
    if (mixed === null) return null;
    // A file that can't be read is a matter of whoever asks: it may be there the next time.
    if ('code' in mixed) throw Object.assign(new Error(mixed.message), { code: mixed.code });
    return Buffer.from(mixed.buffer, mixed.byteOffset, mixed.byteLength);
  }

  return {
    /** Starts the thread while nobody waits for it. */
    warmUp(): void {
      run('warmUp').catch((error: unknown) => log.warn({ err: error }, 'the thread for sound did not start'));
    },

    /**
     * Mixes a chunk of a recipe. Where that fails, the chunk has the share's sound alone, and silence where that fails too.
     * @throws the file system's errors
     */
    async mix(recipe: MixRecipe, chunk: number): Promise<MixedChunk> {
      const part = recipeOfChunk(recipe, chunk);
      const whole = await tryToMix(part, chunk);
      if (whole !== null) return { packets: whole, isComplete: true };
      const ofShare = await tryToMix(withoutVoices(part), chunk);
      return { packets: ofShare ?? silentPackets(chunkPackets(recipe, chunk).count), isComplete: false };
    },

    async close(): Promise<void> {
      await pool?.destroy();
    },
  };
}

function withoutVoices(recipe: MixRecipe): MixRecipe {
  return {
    ...recipe,
    sections: recipe.sections.map((section) => ({
      ...section,
      voices: { ...section.voices, microphones: [] },
    })),
  };
}
