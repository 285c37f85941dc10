import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fragment, type Sample } from '../fragments/fragment-writer.ts';
import { initSegment } from '../fragments/init-segment.ts';
import { OPUS_RATE, VIDEO_RATE } from '../fragments/track-rates.ts';

const VIDEO = {
  width: 1280,
  height: 720,
  sampleEntry: 'avc1',
  configBox: Buffer.from('\0\0\0\x0cavcC\x01\x42\0\x1f', 'latin1'),
} as const;
const SEGMENT_SECONDS = 4;

/** A segment that was written to disk. */
export interface WrittenSegment {
  path: string;
  initPath: string;
  sizeBytes: number;
}

function samples(decodeTime: number, duration: number, count: number, sizeBytes: number): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    decodeTime: decodeTime + index * duration,
    duration,
    isKey: index === 0,
    chunks: [Buffer.alloc(sizeBytes, (decodeTime / duration + index) % 251)],
    sizeBytes,
  }));
}

/** Writes segments of four seconds with ten pictures and fifty packets a second, whose content can't be decoded. */
export async function writeSegments(directory: string, count: number): Promise<WrittenSegment[]> {
  await mkdir(directory, { recursive: true });
  const initPath = join(directory, 'init_0.mp4');
  await writeFile(initPath, initSegment(VIDEO, true));
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const startSeconds = index * SEGMENT_SECONDS;
      const { chunks } = fragment(
        index + 1,
        samples(startSeconds * VIDEO_RATE, 9000, 40, 900),
        samples(startSeconds * OPUS_RATE, 960, 200, 80),
      );
      const bytes = Buffer.concat(chunks);
      const path = join(directory, `seg_${index}.m4s`);
      await writeFile(path, bytes);
      return { path, initPath, sizeBytes: bytes.length };
    }),
  );
}
