import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fragment, initSegment, type Sample } from '@hindsight/recorder/fmp4';
import type { Timeline } from '../../buffer/piece.ts';
import { pieces } from './pieces.ts';

const VIDEO = {
  width: 1280,
  height: 720,
  sampleEntry: 'avc1',
  configBox: Buffer.from('\0\0\0\x0cavcC\x01\x42\0\x1f', 'latin1'),
} as const;

function samples(decodeTime: number, duration: number, count: number, sizeBytes: number): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    decodeTime: decodeTime + index * duration,
    duration,
    isKey: index === 0,
    chunks: [Buffer.alloc(sizeBytes, (decodeTime / duration + index) % 251)],
    sizeBytes,
  }));
}

/** Pieces of four seconds on disk, of ten pictures and fifty packets a second, that nobody can see or hear. */
export async function writePieces(directory: string, startMs: number, count: number): Promise<Timeline> {
  await mkdir(directory, { recursive: true });
  const initPath = join(directory, 'init_0.mp4');
  await writeFile(initPath, initSegment(VIDEO, true));
  return Promise.all(
    pieces('a', startMs, count).map(async (piece, index) => {
      const { chunks } = fragment(
        index + 1,
        samples(index * 4 * 90_000, 9000, 40, 900),
        samples(index * 4 * 48_000, 960, 200, 80),
      );
      const bytes = Buffer.concat(chunks);
      const path = join(directory, `seg_${index}.m4s`);
      await writeFile(path, bytes);
      return { ...piece, path, initPath, sizeBytes: bytes.length };
    }),
  );
}
