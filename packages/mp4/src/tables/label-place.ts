import { open } from 'node:fs/promises';
import { boxAt, childBoxes } from '../boxes/box-reader.ts';
import { box, BOX_HEADER_BYTES } from '../boxes/box-writer.ts';
import { labelBoxes } from '../boxes/movie-labels.ts';

/**
 * Makes place for labels in a movie that ffmpeg wrote, in front of its tracks as in ours. The place comes out of the bytes that
 * ffmpeg left free behind the index (`-moov_size`), so no sample moves. Does nothing when they are too few.
 * @throws the file system's errors
 */
export async function makeLabelPlace(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  const read = async (position: number, length: number) => {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, position);
    return bytes.subarray(0, bytesRead);
  };
  const moovAt = boxAt(await read(0, BOX_HEADER_BYTES), 0)?.end ?? 0;
  const header = boxAt(await read(moovAt, BOX_HEADER_BYTES), 0);
  if (header?.type !== 'moov') return;
  const index = await read(moovAt, header.end + BOX_HEADER_BYTES);
  const free = boxAt(index, header.end);
  const [mvhd, ...others] = childBoxes(index, header);
  if (free?.type !== 'free' || mvhd?.type !== 'mvhd') return;
  const bytesOf = ({ start, end }: { start: number; end: number }) => index.subarray(start, end);
  const kept = others.filter(({ type }) => type !== 'udta').map(bytesOf);
  const moov = box('moov', bytesOf(mvhd), labelBoxes({}), ...kept);
  const freeBytes = free.end - moov.length - BOX_HEADER_BYTES;
  if (freeBytes < 0) return;
  await file.write(Buffer.concat([moov, box('free', Buffer.alloc(freeBytes))]), 0, undefined, moovAt);
}
