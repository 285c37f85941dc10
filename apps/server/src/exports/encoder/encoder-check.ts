import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SECOND } from '@hindsight/shared/units';
import type { Ffmpeg, RunOptions } from '../../ffmpeg/ffmpeg.ts';
import {
  CROP_ENCODING,
  EDITING_ENCODING,
  wholeVideoCommand,
  type WholeEncoding,
} from '../make/whole-args.ts';
import { X264, type VideoEncoder } from './video-encoder.ts';

const WIDTH = 640;
const HEIGHT = 360;
const RATE = 30;
const PICTURES = 30;
/** A picture has a byte of brightness a pixel, and half as many of colour. */
const PICTURE_BYTES = (WIDTH * HEIGHT * 3) / 2;
/** Pictures may be that many seconds early or late: half of what one lasts. */
const TIME_TOLERANCE = 0.5 / RATE;
/** A driver may hang, and opening a device takes a moment. */
const TIMEOUT_MS = 20 * SECOND;
/** An encoder's worst picture may be this much further from the source than x264's worst one. */
const WORSE_DB = 4;
/** An encoder may need this many times the bytes of x264. */
const LARGER_FACTOR = 2;

interface CheckContext {
  ffmpeg: Pick<Ffmpeg, 'run' | 'probe'>;
  /** Files of the checks are in this directory. */
  directory: string;
  signal: AbortSignal;
}

/** What came of the check's pictures by an encoder. */
interface Encoded {
  sizeBytes: number;
  worstDb: number;
}

/** The pictures on which encoders are tried, and what x264 makes of them. */
interface CheckPictures {
  path: string;
  /** These are the same pictures, without the headers that Y4M has between them. */
  rawPath: string;
  ofX264: Map<WholeEncoding, Encoded>;
}

/** Makes the pictures on which encoders are tried. */
export async function makeCheckPictures({ ffmpeg, directory, signal }: CheckContext): Promise<CheckPictures> {
  const path = join(directory, 'pictures.y4m');
  const rawPath = join(directory, 'pictures.yuv');
  const length = ['-frames:v', String(PICTURES), '-pix_fmt', 'yuv420p'];
  await ffmpeg.run(
    {
      inputs: [{ path: `testsrc2=size=${WIDTH}x${HEIGHT}:rate=${RATE}`, options: ['-f', 'lavfi'] }],
      outputs: [
        { path, options: length },
        { path: rawPath, options: [...length, '-f', 'rawvideo'] },
      ],
    },
    quietly(signal),
  );
  return { path, rawPath, ofX264: new Map() };
}

/**
 * Encodes pictures as exports do, decodes what comes out, and compares it with what x264 makes of them.
 * @throws Error that says what is wrong with the encoder
 */
export async function checkEncoder(
  encoder: VideoEncoder,
  pictures: CheckPictures,
  context: CheckContext,
): Promise<void> {
  for (const encoding of [CROP_ENCODING, EDITING_ENCODING]) {
    const one = await encodeAndCompare(encoder, encoding, pictures, context);
    const x264 = pictures.ofX264.get(encoding) ?? (await encodeAndCompare(X264, encoding, pictures, context));
    pictures.ofX264.set(encoding, x264);
    if (one.worstDb < x264.worstDb - WORSE_DB)
      throw new Error(`a picture has ${one.worstDb.toFixed(1)} dB, with x264 ${x264.worstDb.toFixed(1)}`);
    if (one.sizeBytes > x264.sizeBytes * LARGER_FACTOR)
      throw new Error(`it needs ${one.sizeBytes} bytes, x264 ${x264.sizeBytes}`);
  }
}

async function encodeAndCompare(
  encoder: VideoEncoder,
  encoding: WholeEncoding,
  pictures: CheckPictures,
  { ffmpeg, directory, signal }: CheckContext,
): Promise<Encoded> {
  const path = join(directory, `${encoder.name}.mp4`);
  const durationSeconds = PICTURES / RATE;
  const source = { path: pictures.path, width: WIDTH, height: HEIGHT, isOneSize: true, durationSeconds };
  await ffmpeg.run(
    wholeVideoCommand(source, {
      ...{ ...encoding, encoder, width: WIDTH, height: HEIGHT, framesPerSecond: RATE, budget: null },
      ...{ sound: null, labels: { title: 'check', recordedAtMs: 0 }, outputPath: path },
    }),
    quietly(signal),
  );
  const { video, durationSeconds: lasting } = await ffmpeg.probe(path, signal);
  if (video?.codec !== 'h264' || video.width !== WIDTH || video.height !== HEIGHT)
    throw new Error(`it made ${video?.codec ?? 'nothing'} of ${video?.width ?? 0} × ${video?.height ?? 0}`);
  const decoded = await decode(path, { ffmpeg, directory, signal });
  const worstDb = await worstPictureDb(decoded, pictures.rawPath);
  const isInTime =
    Math.abs(video.startSeconds) < TIME_TOLERANCE && Math.abs(lasting - durationSeconds) < TIME_TOLERANCE;
  if (!isInTime) throw new Error(`its pictures begin at ${video.startSeconds} s and last ${lasting} s`);
  return { sizeBytes: (await stat(path)).size, worstDb };
}

async function decode(path: string, { ffmpeg, signal }: CheckContext): Promise<string> {
  const rawPath = `${path}.yuv`;
  const options = ['-map', '0:v:0', '-fps_mode', 'passthrough', '-pix_fmt', 'yuv420p', '-f', 'rawvideo'];
  await ffmpeg.run(
    { inputs: [{ path, options: [] }], outputs: [{ path: rawPath, options }] },
    quietly(signal),
  );
  return rawPath;
}

const quietly = (signal: AbortSignal): RunOptions => ({ timeoutMs: TIMEOUT_MS, signal, isBackground: true });

/** Returns the least peak signal-to-noise ratio of the pictures of one file of raw ones beside another. */
async function worstPictureDb(path: string, originalPath: string): Promise<number> {
  const pictures = (await stat(path)).size / PICTURE_BYTES;
  if (pictures !== PICTURES) throw new Error(`it made ${pictures} pictures of ${PICTURES}`);
  await using file = await open(path);
  await using original = await open(originalPath);
  const [one, other] = [Buffer.alloc(PICTURE_BYTES), Buffer.alloc(PICTURE_BYTES)];
  let worst = Number.POSITIVE_INFINITY;
  for (let picture = 0; picture < PICTURES; picture++) {
    const position = picture * PICTURE_BYTES;
    await file.read(one, 0, PICTURE_BYTES, position);
    await original.read(other, 0, PICTURE_BYTES, position);
    worst = Math.min(worst, signalToNoiseDb(one, other));
  }
  return worst;
}

function signalToNoiseDb(one: Buffer, other: Buffer): number {
  let squares = 0;
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    squares += difference * difference;
  }
  return 10 * Math.log10((255 * 255 * one.length) / Math.max(1, squares));
}
