import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { Loudness } from './loudness.ts';
import type * as worker from './mix.worker.ts';
import type { DownloadInput } from './download-layout.ts';
import type { FileError, WrittenTracks } from './mix.worker.ts';
import type { LayoutBytes } from '@hindsight/mp4/layout/layout-reader';
import type { HeadWork } from '../exact/exact-layout.ts';
import { chunkPackets, recipeBetween, recipeOfChunk, type MixRecipe } from './mix-recipe.ts';
import { silentPackets } from './opus-codec.ts';
import type { Log } from '../../log.ts';
import { asBuffer, withBuffers } from '../../thread-buffers.ts';

/** These lay clips out, and touch no sound. */
type Layouts = 'layOutDownload' | 'planExactHead' | 'layOutExact';

type Input<Name extends keyof typeof worker> = Parameters<(typeof worker)[Name]>[0];

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
  let isClosed = false;

  function running(): Piscina {
    if (isClosed) throw new Error('the thread that mixes is closed');
    pool ??= new Piscina({
      filename: fileURLToPath(new URL('mix.worker.ts', import.meta.url)),
      minThreads: 1,
      maxThreads: 1,
    });
    return pool;
  }

  async function run<Name extends keyof typeof worker>(
    thread: Piscina,
    name: Name,
    input?: Parameters<(typeof worker)[Name]>[0],
  ): Promise<Awaited<ReturnType<(typeof worker)[Name]>>> {
    return (await thread.run(input, { name })) as Awaited<ReturnType<(typeof worker)[Name]>>;
  }

  /** Ends a thread whose codec may be broken. What waited for it is mixed by the next one. */
  async function replace(thread: Piscina): Promise<void> {
    if (pool === thread) pool = null;
    await thread.destroy();
  }

  /**
   * Has the thread work on what it can read from files.
   * @returns null when it can't be done
   * @throws the file system's errors
   */
  async function tryTo<Name extends Exclude<keyof typeof worker, Layouts | 'warmUp'>>(
    name: Name,
    input: Parameters<(typeof worker)[Name]>[0],
  ): Promise<Exclude<Awaited<ReturnType<(typeof worker)[Name]>>, FileError> | null> {
    for (;;) {
      const thread = running();
      let done: Awaited<ReturnType<(typeof worker)[Name]>>;
      try {
        done = await run(thread, name, input);
      } catch (error) {
        if (isClosed) throw error;
        // The thread was ended because of other work.
        if (thread !== pool) continue;
        log.warn({ err: error, work: name }, 'some sound could not be decoded or mixed');
        await replace(thread);
        return null;
      }
      // A file that can't be read is a matter of whoever asks: it may be there the next time.
      if ('code' in done) throw Object.assign(new Error(done.message), { code: done.code });
      return done as Exclude<Awaited<ReturnType<(typeof worker)[Name]>>, FileError>;
    }
  }

  async function tryToMix(recipe: MixRecipe, chunk: number): Promise<Buffer | null> {
    const mixed = await tryTo('mix', { recipe, chunk });
    return mixed === null ? null : asBuffer(mixed);
  }

  return {
    /** Starts the thread while nobody waits for it. */
    warmUp(): void {
      if (isClosed) return;
      run(running(), 'warmUp').catch((error: unknown) => {
        if (!isClosed) log.warn({ err: error }, 'the thread for sound did not start');
      });
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

    /**
     * Tells how loud each source of a recipe is in a stretch of it, in ticks; null when its sound can't be decoded.
     * @throws the file system's errors
     */
    loudness: (recipe: MixRecipe, stretch: { from: number; to: number }): Promise<Loudness[] | null> =>
      tryTo('loudness', { recipe: recipeBetween(recipe, stretch), ...stretch }),

    /**
     * Writes what a recipe mixes as separate tracks; null when it can't be done.
     * @throws the file system's errors
     */
    separate: (input: Input<'separate'>): Promise<WrittenTracks | null> => tryTo('separate', input),

    /**
     * Cuts a range out of separate tracks; null when it can't be done.
     * @throws the file system's errors
     */
    cutTracks: (input: Input<'cutTracks'>): Promise<WrittenTracks | null> => tryTo('cutTracks', input),

    /**
     * Mixes some packets of separate tracks anew; null when it can't be done.
     * @throws the file system's errors
     */
    async mixTracks(input: Input<'mixTracks'>): Promise<Buffer | null> {
      const mixed = await tryTo('mixTracks', input);
      return mixed === null ? null : asBuffer(mixed);
    },

    /** Writes packets that were mixed anew as an MP4; null when it can't be done. @throws the file system's errors */
    writeMix: (input: Input<'writeMix'>): Promise<WrittenTracks | null> => tryTo('writeMix', input),

    /** Writes separate tracks without those of some people; null when it can't be done. @throws the file system's errors */
    omitTracks: (input: Input<'omitTracks'>): Promise<WrittenTracks | null> => tryTo('omitTracks', input),

    /** Lays a clip out with its separate tracks. @throws RangeError when one of the files is damaged */
    async layOutDownload(input: DownloadInput): Promise<LayoutBytes> {
      return withBuffers(await run(running(), 'layOutDownload', input));
    },

    /**
     * Says how the first pictures of a clip are encoded; `none` when there are none to encode, null when the clip stays as it is.
     * @throws RangeError when its index is damaged
     */
    async planExactHead(input: Input<'planExactHead'>): Promise<HeadWork | 'none' | null> {
      const work = await run(running(), 'planExactHead', input);
      return work === null || work === 'none' ? work : { ...work, source: withBuffers(work.source) };
    },

    /** Lays a clip out without what an edit list hides in it. @throws RangeError when one of the files is damaged */
    async layOutExact(input: Input<'layOutExact'>): Promise<LayoutBytes> {
      return withBuffers(await run(running(), 'layOutExact', input));
    },

    /** Ends the thread. What is still to be mixed is refused. */
    async close(): Promise<void> {
      isClosed = true;
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
