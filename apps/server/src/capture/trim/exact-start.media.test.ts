import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runFfmpeg, runFfprobe } from '@hindsight/rig/media/run-ffmpeg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planExactCut, planExactStart, shownAt, type ExactCut } from '@hindsight/mp4/layout/exact-cut';
import { writeLayout } from '@hindsight/mp4/layout/layout-writer';
import { readMovieTracks, trackOf, type FileTrack } from '@hindsight/mp4/tables/movie-tracks';
import { layOutTracks } from '@hindsight/mp4/layout/track-layout';
import { cutExactly } from './exact-start.ts';
import { createFfmpeg } from '../../ffmpeg/ffmpeg.ts';

const SIZE = { width: 160, height: 120 };
const FRAME_BYTES = (SIZE.width * SIZE.height * 3) / 2;
/** Differences above this are invisible. A wrong picture has less than 25 dB. */
const MIN_PSNR_DB = 38;
/** The source lasts six seconds, with a keyframe every two and a picture every 40 ms, some of them left out. */
const SOURCE = `testsrc2=s=${SIZE.width}x${SIZE.height}:r=25:d=6,noise=alls=8:allf=t,select='not(eq(mod(n,7),3))'`;
const KEYFRAMES = ['-force_key_frames', 'expr:gte(t,n_forced*2)', '-sc_threshold', '0', '-g', '999'];
const ENCODER = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '0', '-crf', '23', ...KEYFRAMES];
const IN_BAND = ['-bsf:v', 'dump_extra=freq=keyframe'];
const BT709 = ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709'];

/** The sources are like those that browsers publish, that we encode ourselves, or that come from elsewhere. */
const SOURCES: [name: string, filters: string, options: string[]][] = [
  ['baseline, parameter sets in band', 'format=yuv420p', ['-profile:v', 'baseline', ...IN_BAND]],
  ['main, parameter sets in front alone', 'format=yuv420p', ['-profile:v', 'main']],
  [
    'high, of full range, with colours and oblong pixels',
    'format=yuvj420p,setsar=4/3',
    ['-profile:v', 'high', ...BT709, ...IN_BAND],
  ],
];

/** These are types of NAL units. */
const SETS = [7, 8];
const UNSPECIFIED = 30;

interface Packet {
  pts: number;
  size: string;
  flags: string;
  data_hash: string;
}

/** The range begins between two pictures in a GOP, and ends in the middle of another GOP. */
const RANGE = { fromSeconds: 1.413, toSeconds: 4.77 };

let directory: string;
let plain: string;
let plainVideo: FileTrack;
const ffmpeg = createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
const { signal } = new AbortController();
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-exact-'));
  plain = await made('plain', 'format=yuv420p', IN_BAND);
  plainVideo = await videoOf(plain);
});
afterAll(() => rm(directory, { recursive: true }));

const pathOf = (name: string) => join(directory, name);

async function packets(path: string, options: string[] = []): Promise<Packet[]> {
  const shown = ['-show_packets', '-show_data_hash', 'md5', '-of', 'json'];
  const { stdout } = await runFfprobe([...options, '-select_streams', 'v', ...shown, path]);
  return (JSON.parse(stdout.toString()) as { packets: Packet[] }).packets;
}

/** Decodes a file into each picture that it shows, and its time. */
async function decoded(path: string): Promise<{ pts: number; picture: Buffer }[]> {
  const filter = ['-vf', 'showinfo', '-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'];
  const { stdout, stderr } = await runFfmpeg(['-copyts', '-i', path, '-map', '0:v', ...filter]);
  const times = [...stderr.matchAll(/^\[Parsed_showinfo.*? pts:\s*(-?\d+)/gm)].map(([, pts]) => Number(pts));
  expect(stdout.length).toBe(times.length * FRAME_BYTES);
  return times.map((pts, index) => ({
    pts,
    picture: stdout.subarray(index * FRAME_BYTES, (index + 1) * FRAME_BYTES),
  }));
}

const hashes = async (path: string): Promise<string[]> =>
  (await decoded(path)).map(({ picture }) => createHash('md5').update(picture).digest('hex'));

/** Returns the colours, range, size and shape that a player is told. */
async function described(path: string): Promise<unknown> {
  const entries = 'stream=profile,width,height,pix_fmt,sample_aspect_ratio,color_range,color_space';
  const { stdout } = await runFfprobe(['-show_entries', entries, '-of', 'json', path]);
  return JSON.parse(stdout.toString());
}

function psnr(one: Buffer, other: Buffer): number {
  const squares = one.reduce((sum, value, index) => sum + (value - (other[index] ?? 0)) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / one.length));
}

async function made(name: string, filters: string, options: string[]): Promise<string> {
  const path = pathOf(`${name}.mp4`);
  const graph = ['-f', 'lavfi', '-i', `${SOURCE},${filters}`, '-fps_mode', 'passthrough'];
  const timescale = ['-enc_time_base', '1/90000', '-video_track_timescale', '90000'];
  await runFfmpeg(['-v', 'error', ...graph, ...ENCODER, ...timescale, ...options, path]);
  return path;
}

/** Makes a cut. Returns the path of its file. */
async function cutOut(source: string, video: FileTrack, cut: ExactCut): Promise<string> {
  const options = { directory, timeoutMs: 60_000, signal };
  return written(await cutExactly(ffmpeg, source, { video, cut }, options));
}

let files = 0;
async function written(video: FileTrack): Promise<string> {
  const path = pathOf(`written-${++files}.mp4`);
  await writeLayout(layOutTracks(video, []), path, { signal });
  return path;
}

const videoOf = async (path: string) => trackOf(await readMovieTracks(path), 'video');

/** Compares each picture of a cut with its source. */
async function expectExact(source: string, cut: ExactCut, result: string): Promise<void> {
  const encodedCount = cut.copiedFrom - cut.first;
  const after = await packets(result);
  expect(after).toHaveLength(cut.end - cut.first);
  expect(after.slice(encodedCount).map(({ data_hash }) => data_hash)).toEqual(
    (await packets(source, ['-ignore_editlist', '1']))
      .slice(cut.copiedFrom, cut.end)
      .map(({ data_hash }) => data_hash),
  );
  for (const first of [after[0], after[encodedCount]]) expect(first?.flags).toContain('K');
  // A player that ignores edit lists finds the same pictures at the same times, and nothing else is in the file.
  expect(await packets(result, ['-ignore_editlist', '1'])).toEqual(after);
  const bytes = await readFile(result);
  const mediaBytes = bytes.readUInt32BE(bytes.indexOf('mdat') - 4) - 8;
  expect(mediaBytes).toBe(after.reduce((sum, { size }) => sum + Number(size), 0));

  const { samples, ...track } = await videoOf(source);
  const startsAt = samples.slice(cut.first, cut.end).map((sample) => shownAt({ ...track, samples }, sample));
  const originals = new Map((await decoded(source)).map(({ pts, picture }) => [pts, picture]));
  const seen = await decoded(result);
  expect(seen.map(({ pts }) => pts)).toEqual(startsAt.map((at) => Math.max(0, at - cut.from)));
  for (const [index, { picture }] of seen.entries()) {
    const original = originals.get(startsAt[index] ?? Number.NaN) ?? Buffer.alloc(0);
    if (index < encodedCount) expect(psnr(picture, original)).toBeGreaterThan(MIN_PSNR_DB);
    else expect(picture.equals(original)).toBe(true);
  }
}

/** Makes a copy whose parameter sets in the samples have a type that decoders ignore (ISO/IEC 14496-10, table 7-1). */
async function withoutSetsInBand(path: string): Promise<string> {
  const bytes = await readFile(path);
  for (const { offset, sizeBytes } of (await videoOf(path)).samples)
    for (let at = offset; at < offset + sizeBytes; at += 4 + bytes.readUInt32BE(at)) {
      const header = bytes.readUInt8(at + 4);
      if (SETS.includes(header & 0x1f)) bytes[at + 4] = (header & 0xe0) | UNSPECIFIED;
    }
  const copy = pathOf(`plain-${++files}.mp4`);
  await writeFile(copy, bytes);
  return copy;
}

describe('a cut', () => {
  it.each(SOURCES)(
    'begins with the picture on screen, and continues with the copied pictures without a seam: %s',
    async (name, filters, options) => {
      const source = await made(name, filters, options);
      const video = await videoOf(source);
      const cut = required(planExactCut(video, RANGE));
      expect(cut.copiedFrom - cut.first).toBeGreaterThan(10);
      const result = await cutOut(source, video, cut);
      await expectExact(source, cut, result);
      expect(await described(result)).toEqual(await described(source));
      // A player that only uses the parameter sets in the header decodes the same.
      expect(await hashes(await withoutSetsInBand(result))).toEqual(await hashes(result));
      expect(
        Math.abs(
          (await ffmpeg.probe(result, signal)).durationSeconds - (RANGE.toSeconds - RANGE.fromSeconds),
        ),
      ).toBeLessThan(1e-4);
    },
  );

  it('of a cut can begin among the encoded pictures of the first cut', async () => {
    const once = await cutOut(plain, plainVideo, required(planExactCut(plainVideo, RANGE)));
    const video = await videoOf(once);
    const cut = required(planExactCut(video, { fromSeconds: 0.3, toSeconds: 2 }));
    expect(cut.copiedFrom - cut.first).toBeGreaterThan(3);
    await expectExact(once, cut, await cutOut(once, video, cut));
  });

  it('removes pictures that are hidden before the start', async () => {
    const hidden = await written({ ...plainVideo, presentedFrom: 2.72 * plainVideo.timescale });
    const video = await videoOf(hidden);
    const cut = required(planExactStart(video));
    expect(cut.first).toBeGreaterThan(50);
    await expectExact(hidden, cut, await cutOut(hidden, video, cut));
  });

  it('that begins with a keyframe is not encoded', async () => {
    const key = plainVideo.samples.findIndex(({ isKey }, index) => isKey && index > 0);
    const fromSeconds = (plainVideo.samples[key]?.decodeTime ?? 0) / plainVideo.timescale;
    const cut = required(planExactCut(plainVideo, { fromSeconds, toSeconds: 5 }));
    expect(cut).toMatchObject({ first: key, copiedFrom: key });
    const none = createFfmpeg({ ffmpegPath: 'none', ffprobePath: 'none' });
    const options = { directory, timeoutMs: 1000, signal };
    await expectExact(
      plain,
      cut,
      await written(await cutExactly(none, plain, { video: plainVideo, cut }, options)),
    );
  });
});

function required(cut: ExactCut | null): ExactCut {
  if (cut === null) throw new Error('it can be cut');
  return cut;
}
