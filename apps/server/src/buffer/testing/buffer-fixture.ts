import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A fixture session has a buffer in the form that recorders write: MP4 boxes without media, and a playlist. */
export interface FixtureSession {
  directory: string;
  /** The first segment starts at this true time, in epoch milliseconds. */
  startMs: number;
  segments: number;
  segmentMs?: number;
  /** Sessions of the same codec can be joined. */
  codec?: string;
  segmentBytes?: number;
}

const DEFAULT_SEGMENT_MS = 4000;
const DEFAULT_SEGMENT_BYTES = 1000;

/** Returns a box of the MP4 file format with exactly this size (ISO/IEC 14496-12, 4.2). */
export function mp4Box(type: string, sizeBytes: number): Buffer {
  const box = Buffer.alloc(sizeBytes);
  box.writeUInt32BE(sizeBytes, 0);
  box.write(type, 4, 'latin1');
  return box;
}

export function segmentName(index: number): string {
  return `seg_${String(index).padStart(6, '0')}.m4s`;
}

/** Writes the whole session. Returns the names of its segments. */
export async function writeFixtureSession({
  directory,
  startMs,
  segments,
  segmentMs = DEFAULT_SEGMENT_MS,
  codec = 'avc1.42e01f',
  segmentBytes = DEFAULT_SEGMENT_BYTES,
}: FixtureSession): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'init_0.mp4'), codec);
  const names = Array.from({ length: segments }, (_, index) => segmentName(index));
  const entries = names.map((name, index) => {
    const time = new Date(startMs + index * segmentMs).toISOString();
    return `#EXT-X-PROGRAM-DATE-TIME:${time}\n#EXTINF:${(segmentMs / 1000).toFixed(3)},\n${name}\n`;
  });
  const bytes = Buffer.concat([mp4Box('moof', 100), mp4Box('mdat', segmentBytes - 100)]);
  await Promise.all(names.map((name) => writeFile(join(directory, name), bytes)));
  await writeFile(
    join(directory, 'full.m3u8'),
    `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="init_0.mp4"\n${entries.join('')}`,
  );
  return names;
}
