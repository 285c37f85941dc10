import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import PQueue from 'p-queue';
import { Piscina } from 'piscina';
import { MINUTE } from '@hindsight/shared/units';
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

/** These read sound from files. */
type SoundWork = Exclude<keyof typeof worker, Layouts | 'warmUp'>;

type Input<Name extends keyof typeof worker> = Parameters<(typeof worker)[Name]>[0];

/** One of them is free for whoever watches while the other has long work, and together they mix what comes next. */
const THREADS = 2;
/** The second thread takes some 50 MB, so it ends when it has had nothing to do for so long. */
const IDLE_TIMEOUT_MS = MINUTE;

/** Says how soon work is wanted: somebody waits for it, somebody may need it next, or nobody waits. */
export type Urgency = 'awaited' | 'ahead' | 'background';

const PRIORITY: Record<Urgency, number> = { awaited: 2, ahead: 1, background: 0 };

export type MixThreads = ReturnType<typeof startMixThreads>;

/** A chunk of a mix, and whether all of its sources are in it. */
export interface MixedChunk {
  packets: Buffer;
  isComplete: boolean;
}

/**
 * Mixes in threads of its own. The first one stays, because the first mix of a new thread takes half a second longer; it starts
 * with the first mix, or when it is told that one may come. The second one is there while there is work for two.
 */
export function startMixThreads({ log }: { log: Pick<Log, 'warn'> }) {
  let pool: Piscina | null = null;
  let isClosed = false;
  const queue = new PQueue({ concurrency: THREADS });
  /** Work for which nobody waits takes one thread at most. */
  const background = new PQueue({ concurrency: 1 });
  /** Chunks that no thread has begun to mix yet. */
  const waiting = new Set<string>();

  function running(): Piscina {
    if (isClosed) throw new Error('the threads that mix are closed');
    pool ??= new Piscina({
      filename: fileURLToPath(new URL('mix.worker.ts', import.meta.url)),
      minThreads: 1,
      maxThreads: THREADS,
      idleTimeout: IDLE_TIMEOUT_MS,
    });
    return pool;
  }

  async function run<Name extends keyof typeof worker>(
    threads: Piscina,
    name: Name,
    input?: Input<Name>,
  ): Promise<Awaited<ReturnType<(typeof worker)[Name]>>> {
    return (await threads.run(input, { name })) as Awaited<ReturnType<(typeof worker)[Name]>>;
  }

  /** Lays a clip out for somebody who waits. */
  function layOut<Name extends Layouts>(name: Name, input: Input<Name>) {
    return queue.add(() => run(running(), name, input), { priority: PRIORITY.awaited });
  }

  /** Ends threads of which one has a codec that may be broken. What they were doing for others is done by the next ones. */
  async function replace(threads: Piscina): Promise<void> {
    if (pool === threads) pool = null;
    await threads.destroy();
  }

  /**
   * Has a thread work on what it can read from files.
   * @returns null when it can't be done
   * @throws the file system's errors
   */
  async function tryTo<Name extends SoundWork>(
    name: Name,
    input: Input<Name>,
  ): Promise<Exclude<Awaited<ReturnType<(typeof worker)[Name]>>, FileError> | null> {
    for (;;) {
      const threads = running();
      let done: Awaited<ReturnType<(typeof worker)[Name]>>;
      try {
        done = await run(threads, name, input);
      } catch (error) {
        if (isClosed) throw error;
        // The threads were ended because of other work.
        if (threads !== pool) continue;
        log.warn({ err: error, work: name }, 'some sound could not be decoded or mixed');
        await replace(threads);
        return null;
      }
      // A file that can't be read is a matter of whoever asks: it may be there the next time.
      if ('code' in done) throw Object.assign(new Error(done.message), { code: done.code });
      return done as Exclude<Awaited<ReturnType<(typeof worker)[Name]>>, FileError>;
    }
  }

  /** Does work when its turn comes. */
  async function inTurn<Result>(
    work: () => Promise<Result>,
    urgency: Urgency,
    id: string = randomUUID(),
  ): Promise<Result> {
    waiting.add(id);
    const options = { priority: PRIORITY[urgency], id };
    return queue.add(() => {
      waiting.delete(id);
      return work();
    }, options);
  }

  /** Does work for which nobody waits, when its turn comes. */
  const inBackground = <Name extends SoundWork>(name: Name, input: Input<Name>) =>
    background.add(() => inTurn(() => tryTo(name, input), 'background'));

  async function tryToMix(recipe: MixRecipe, chunk: number): Promise<Buffer | null> {
    const mixed = await tryTo('mix', { recipe, chunk });
    return mixed === null ? null : asBuffer(mixed);
  }

  return {
    /** Starts the first thread while nobody waits for it, unless it runs already. */
    warmUp(): void {
      if (isClosed || pool !== null) return;
      const threads = running();
      run(threads, 'warmUp').catch((error: unknown) => {
        if (!isClosed) log.warn({ err: error }, 'the thread for sound did not start');
      });
    },

    /**
     * Mixes a chunk of a recipe. Where that fails, the chunk has the share's sound alone, and silence where that fails too.
     * @throws the file system's errors
     */
    mix(recipe: MixRecipe, chunk: number, urgency: Urgency): Promise<MixedChunk> {
      const part = recipeOfChunk(recipe, chunk);
      const work = async () => {
        const whole = await tryToMix(part, chunk);
        if (whole !== null) return { packets: whole, isComplete: true };
        const ofShare = await tryToMix(withoutVoices(part), chunk);
        return { packets: ofShare ?? silentPackets(chunkPackets(recipe, chunk).count), isComplete: false };
      };
      return inTurn(work, urgency, chunkId(recipe, chunk));
    },

    /** Takes note that somebody waits for a chunk now, if it is still to be mixed. */
    hurry(recipe: MixRecipe, chunk: number): void {
      const id = chunkId(recipe, chunk);
      if (waiting.has(id)) queue.setPriority(id, PRIORITY.awaited);
    },

    /**
     * Tells how loud each source of a recipe is in a stretch of it, in ticks; null when its sound can't be decoded.
     * @throws the file system's errors
     */
    async loudness(
      recipe: MixRecipe,
      stretch: { from: number; to: number },
      urgency: Urgency,
    ): Promise<Loudness[] | null> {
      const input = { recipe: recipeBetween(recipe, stretch), ...stretch };
      if (urgency === 'background') return inBackground('loudness', input);
      return inTurn(() => tryTo('loudness', input), urgency);
    },

    /**
     * Writes what a recipe mixes as separate tracks; null when it can't be done.
     * @throws the file system's errors
     */
    separate: (input: Input<'separate'>): Promise<WrittenTracks | null> => inBackground('separate', input),

    /**
     * Cuts a range out of separate tracks; null when it can't be done.
     * @throws the file system's errors
     */
    cutTracks: (input: Input<'cutTracks'>): Promise<WrittenTracks | null> => inBackground('cutTracks', input),

    /**
     * Mixes some packets of separate tracks anew; null when it can't be done.
     * @throws the file system's errors
     */
    async mixTracks(input: Input<'mixTracks'>): Promise<Buffer | null> {
      const mixed = await inBackground('mixTracks', input);
      return mixed === null ? null : asBuffer(mixed);
    },

    /** Writes packets that were mixed anew as an MP4; null when it can't be done. @throws the file system's errors */
    writeMix: (input: Input<'writeMix'>): Promise<WrittenTracks | null> => inBackground('writeMix', input),

    /** Writes separate tracks without those of some people; null when it can't be done. @throws the file system's errors */
    omitTracks: (input: Input<'omitTracks'>): Promise<WrittenTracks | null> =>
      inBackground('omitTracks', input),

    /** Lays a clip out with its separate tracks. @throws RangeError when one of the files is damaged */
    async layOutDownload(input: DownloadInput): Promise<LayoutBytes> {
      return withBuffers(await layOut('layOutDownload', input));
    },

    /**
     * Says how the first pictures of a clip are encoded; `none` when there are none to encode, null when the clip stays as it is.
     * @throws RangeError when its index is damaged
     */
    async planExactHead(input: Input<'planExactHead'>): Promise<HeadWork | 'none' | null> {
      const work = await layOut('planExactHead', input);
      return work === null || work === 'none' ? work : { ...work, source: withBuffers(work.source) };
    },

    /** Lays a clip out without what an edit list hides in it. @throws RangeError when one of the files is damaged */
    async layOutExact(input: Input<'layOutExact'>): Promise<LayoutBytes> {
      return withBuffers(await layOut('layOutExact', input));
    },

    /** Ends the threads. What is still to be mixed is refused. */
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

function chunkId({ id }: MixRecipe, chunk: number): string {
  return `${id} ${chunk}`;
}
