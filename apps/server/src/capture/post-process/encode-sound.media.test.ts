import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AAC_PACKET_SAMPLES } from '@hindsight/mp4/layout/join-sound-pieces';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { readMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';
import { soundOf } from '@hindsight/rig/media/sound-of';
import { MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFfmpeg } from '../../ffmpeg/ffmpeg.ts';
import { encodeSound } from './encode-sound.ts';
import { soundStretches } from './sound-args.ts';

const SECONDS = 95;
/** Tones of all heights, and knocks four times a second, at which encoders change their window. */
const TONES = ['sin(440*2*PI*t)', 'sin(1870*2*PI*t)/2', 'sin(5200*2*PI*t)/4', 'sin(11000*2*PI*t)/8'];
const KNOCKS = 'sin(3000*2*PI*t)*exp(-60*mod(t\\,0.237))';
const SOURCE = `aevalsrc='0.15*(${TONES.join('+')})+0.4*${KNOCKS}|0.12*(${TONES.join('+')})+0.3*${KNOCKS}':s=48000:d=${SECONDS}`;

const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
const { signal } = new AbortController();
let directory: string;
let sourcePath: string;
let source: Float64Array;
let video: FileTrack;
let alone: Awaited<ReturnType<typeof encoded>>;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-sound-'));
  sourcePath = join(directory, 'source.mp4');
  const picture = ['-f', 'lavfi', '-i', `color=s=64x64:r=1:d=${SECONDS}`, '-c:v', 'libx264', '-bf', '0'];
  await runFfmpeg(['-v', 'error', '-f', 'lavfi', '-i', SOURCE, ...picture, '-c:a', 'libopus', sourcePath]);
  source = await soundOf(sourcePath);
  video = trackOf(await readMovieTracks(sourcePath), 'video');
  alone = await encoded(1);
}, MINUTE);
afterAll(() => rm(directory, { recursive: true }));

async function encoded(processes: number): Promise<{ track: FileTrack; sound: Float64Array }> {
  const folder = await mkdtemp(join(directory, 'encoded-'));
  const track = await encodeSound(
    ffmpeg,
    { sourcePath, durationSeconds: SECONDS, silentSeconds: 0, directory: folder, processes },
    { timeoutMs: MINUTE, signal },
  );
  const path = join(folder, 'whole.mp4');
  await writeLayout(layOutTracks(video, [track]), path, { signal });
  return { track, sound: await soundOf(path) };
}

/** Returns how far the source is above the difference to it while a packet lasts, in dB. */
function signalToNoiseDb(sound: Float64Array, packet: number): number {
  const [from, to] = [packet * AAC_PACKET_SAMPLES, (packet + 1) * AAC_PACKET_SAMPLES];
  let [signalPower, noisePower] = [0, 0];
  for (let at = from; at < to; at++) {
    signalPower += (source[at] ?? 0) ** 2;
    noisePower += ((source[at] ?? 0) - (sound[at] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signalPower / noisePower);
}

describe('sound that several encoders encode side by side', () => {
  it.each([2, 3])('is as if one had, also where they meet: %d encoders', async (processes) => {
    const together = await encoded(processes);
    expect(together.track.samples).toHaveLength(alone.track.samples.length);
    expect(together.track).toMatchObject({
      ...{ presentedFrom: alone.track.presentedFrom, end: alone.track.end },
    });
    expect(together.track.samples.map(({ decodeTime }) => decodeTime)).toEqual(
      alone.track.samples.map(({ decodeTime }) => decodeTime),
    );
    expect(new Set(together.track.samples.map(({ sampleEntry }) => sampleEntry)).size).toBe(1);
    expect(together.sound).toHaveLength(alone.sound.length);
    expect(new Set(together.track.samples.map(({ path }) => path)).size).toBe(processes);
    const meetings = together.track.samples.flatMap(({ path }, packet, samples) =>
      packet > 0 && path !== samples[packet - 1]?.path ? [packet] : [],
    );
    expect(meetings).toHaveLength(processes - 1);
    // A packet is heard where the two packets before it end.
    for (const meeting of meetings) {
      const usual = Array.from({ length: 100 }, (_, index) =>
        signalToNoiseDb(alone.sound, meeting - 50 + index),
      );
      for (let packet = meeting - 4; packet <= meeting + 2; packet++)
        expect(signalToNoiseDb(together.sound, packet)).toBeGreaterThan(Math.min(...usual) - 3);
    }
    expect(soundStretches(SECONDS, processes)).toHaveLength(processes);
  });
});
