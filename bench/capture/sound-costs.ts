import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import { encodeSound } from '@hindsight/server/capture/post-process/encode-sound';
import { createFfmpeg } from '@hindsight/server/ffmpeg/ffmpeg';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { readMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { replaceSound } from '@hindsight/mp4/layout/replace-sound';
import { HOUR } from '@hindsight/shared/units';
import { layOut, measure, sha256, type Cost } from './ways-to-file.ts';

const run = promisify(execFile);
const ours = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });

/** The costs say what better sound takes, for our way and for ffmpeg's. */
export interface SoundCosts {
  ours: Cost[];
  ffmpeg: Cost[];
  /** The part of the cost that is the encoding of the sound alone, which both ways need. */
  encoding: Cost[];
}

/**
 * Gives a clip of all segments sound in AAC, several times, by two ways that take turns.
 * @param processes so many encoders of ours work side by side. Unless it is given, they are as many as processors were free in the last
 *   minute, and so fewer while this is measured.
 */
export async function upgradeSound(
  pieces: readonly SyntheticPiece[],
  directory: string,
  rounds: number,
  processes?: number,
): Promise<SoundCosts> {
  const { signal } = new AbortController();
  const scratch = await mkdtemp(join(directory, 'sound-'));
  const clip = join(scratch, 'clip.mp4');
  const output = join(scratch, 'upgraded.mp4');
  await writeLayout(layOut(pieces), clip, { signal });
  const costs: SoundCosts = { ours: [], ffmpeg: [], encoding: [] };
  let sound: FileTrack | null = null;
  // Before a clip gets its sound, it has got an exact start, so that nothing of it is hidden any more.
  const exactVideo = async () => ({ ...trackOf(await readMovieTracks(clip), 'video'), presentedFrom: 0 });
  const encode = async () => {
    const { end, timescale } = await exactVideo();
    sound = await encodeSound(
      ours,
      {
        ...{ sourcePath: clip, directory: scratch, durationSeconds: end / timescale },
        silentSeconds: 0,
        ...(processes === undefined ? {} : { processes }),
      },
      { timeoutMs: HOUR, signal, isBackground: true },
    );
  };
  for (let round = 0; round < rounds; round++) {
    costs.ours.push(
      await measure(async () => {
        costs.encoding.push(await measure(encode));
        const layout = replaceSound(await exactVideo(), sound === null ? [] : [sound]);
        await writeLayout(layout, output, { signal });
      }),
    );
    await rm(output);
    costs.ffmpeg.push(
      await measure(async () => {
        const moovBytes = String(moovUpperBound({ video: 30 * 600, audio: 50 * 600 }));
        const copy = ['-map', '0:v:0', '-map', '0:a:0', '-map_metadata', '-1', '-c:v', 'copy'];
        const aac = ['-af', 'aresample=48000:async=1', '-c:a', 'aac', '-b:a', '128000'];
        await ffmpeg([...copy, ...aac, '-moov_size', moovBytes, '-f', 'mp4'], clip, output);
        await sha256(output);
      }),
    );
    await rm(output);
  }
  await rm(scratch, { recursive: true });
  return costs;
}

async function ffmpeg(options: readonly string[], input: string, output: string): Promise<void> {
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', '-threads', '1', '-i', input, ...options, output]);
}
