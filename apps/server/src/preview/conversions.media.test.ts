import { readInitTracks } from '@hindsight/mp4/fragments/init-tracks';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { fragment, type Sample } from '@hindsight/mp4/fragments/fragment-writer';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Piece } from '../buffer/piece.ts';
import { createSessionBuffers } from '../buffer/session-buffers.ts';
import { createFfmpeg } from '../ffmpeg/ffmpeg.ts';
import { indexSegment, trackSpan, type SegmentIndex } from '@hindsight/mp4/fragments/segment-index';
import { createConversions } from './conversions.ts';

const FRAMES_PER_SECOND = 5;
/** The last picture stays this long, because the screen didn't change any more. */
const STILL_SECONDS = 0.7;

let directory: string;
let piece: Piece;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hindsight-conversions-'));
  const [room, user, sessionId] = [randomUUID(), randomUUID(), randomUUID()];
  await writeSyntheticSession({
    ...{ bufferDir: directory, room, user, sessionId, width: 320, height: 180, bitrateBps: 300_000 },
    ...{
      startMs: Date.now(),
      durationMs: 8 * SECOND,
      loopMs: 4 * SECOND,
      framesPerSecond: FRAMES_PER_SECOND,
    },
  });
  const buffers = createSessionBuffers({ bufferDir: directory });
  const pieces = await buffers.read({ id: sessionId, segmentPath: `${room}/${user}/${sessionId}` });
  const last = pieces.at(-1);
  if (last === undefined) throw new Error('there are pieces');
  piece = await endingInAStill(last);
});
afterAll(() => rm(directory, { recursive: true }));

const indexOf = async ({ path, sizeBytes, initPath }: Piece): Promise<SegmentIndex> =>
  indexSegment(path, sizeBytes, await readInitTracks(initPath ?? ''));

/** Returns the same piece with a last picture that stays on screen longer than those before it. */
async function endingInAStill(original: Piece): Promise<Piece> {
  const { runs } = await indexOf(original);
  const bytes = await readFile(original.path);
  const samplesOf = (kind: 'video' | 'audio'): Sample[] =>
    runs
      .filter(({ track }) => track.kind === kind)
      .flatMap(({ offset, decodeTime, durations, sizes, isKey }) => {
        let [at, time] = [offset, decodeTime];
        return [...sizes].map((sizeBytes, index) => {
          const duration = durations[index] ?? 0;
          const chunks = [bytes.subarray(at, at + sizeBytes)];
          const sample = { decodeTime: time, duration, isKey: isKey[index] === 1, chunks, sizeBytes };
          [at, time] = [at + sizeBytes, time + duration];
          return sample;
        });
      });
  const pictures = samplesOf('video');
  const timescale = runs.find(({ track }) => track.kind === 'video')?.track.timescale ?? 0;
  const made = fragment(
    1,
    pictures.map((one, index) =>
      index === pictures.length - 1 ? { ...one, duration: STILL_SECONDS * timescale } : one,
    ),
    samplesOf('audio'),
  );
  const path = join(directory, 'still.m4s');
  await writeFile(path, Buffer.concat(made.chunks));
  return { ...original, path, sizeBytes: made.sizeBytes };
}

it('a converted piece begins and ends where the piece did, however long its last picture stays', async () => {
  const conversions = createConversions(createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' }));
  const { init, media } = await conversions.of(piece);
  await conversions.close();
  const [initPath, path] = [join(directory, 'init.mp4'), join(directory, 'media.m4s')];
  await Promise.all([writeFile(initPath, init), writeFile(path, media)]);
  const converted = await indexOf({ ...piece, initPath, path, sizeBytes: media.length });
  const original = await indexOf(piece);

  for (const kind of ['video', 'audio'] as const) {
    const [before, after] = [trackSpan(original, kind), trackSpan(converted, kind)];
    expect(after?.sampleCount).toBe(before?.sampleCount);
    expect(after?.startSeconds).toBeCloseTo(before?.startSeconds ?? Number.NaN, 3);
    expect(after?.endSeconds).toBeCloseTo(before?.endSeconds ?? Number.NaN, 3);
  }
  expect(trackSpan(original, 'video')?.endSeconds).toBeCloseTo(8 - 1 / FRAMES_PER_SECOND + STILL_SECONDS, 2);
});

it('a piece that retention has deleted can not be converted', async () => {
  const conversions = createConversions(createFfmpeg({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' }));
  const gone = { ...piece, path: join(directory, 'gone.m4s') };
  await expect(conversions.of(gone)).rejects.toMatchObject({ code: 'CONCATENATION_FAILED' });
  await conversions.close();
});
