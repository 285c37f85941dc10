import { open, type FileHandle } from 'node:fs/promises';
import { parameterSetsOf } from '../boxes/avc-config.ts';
import { BitReader, nullIfTruncated } from '../boxes/bit-reader.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';

/** The first slice of a keyframe begins within this many bytes, behind parameter sets and what encoders say about themselves. */
const HEADER_BYTES = 16 * 1024;
const LENGTH_BYTES = 4;
/** NAL unit types of slices (ISO/IEC 14496-10, table 7-1). */
const SLICES: ReadonlySet<number> = new Set([1, 5]);
/** A slice header begins with three Exp-Golomb codes of at most this many bytes in all. */
const CODES_BYTES = 12;

/**
 * Leaves in each sample entry only the parameter sets that its pictures use. A video of two encoders has those of both in one entry;
 * apart, those of one encoder are the same in all its clips. Pictures of which that can't be told keep their entry.
 */
export async function narrowEntries(video: FileTrack): Promise<FileTrack> {
  const files = new Map<string, FileHandle>();
  const narrowed = new Map<string, Buffer>();
  try {
    const samples: FileSample[] = [];
    let id: number | null = null;
    for (const sample of video.samples) {
      if (sample.isKey) id = await pictureParameterSetId(files, sample);
      const key = `${id} ${sample.sampleEntry.toString('latin1')}`;
      const entry = narrowed.get(key) ?? narrow(sample.sampleEntry, id);
      narrowed.set(key, entry);
      samples.push({ ...sample, sampleEntry: entry });
    }
    return { ...video, samples };
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function narrow(sampleEntry: Buffer, id: number | null): Buffer {
  return (id === null ? null : parameterSetsOf(sampleEntry, id)) ?? sampleEntry;
}

/** Returns the id of the picture parameter set that a keyframe's first slice names, or null when it isn't found. */
async function pictureParameterSetId(
  files: Map<string, FileHandle>,
  { path, offset, sizeBytes }: FileSample,
): Promise<number | null> {
  const file = files.get(path) ?? (await open(path));
  files.set(path, file);
  const bytes = Buffer.alloc(Math.min(HEADER_BYTES, sizeBytes));
  const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
  for (let at = 0; at + LENGTH_BYTES < bytesRead; at += LENGTH_BYTES + bytes.readUInt32BE(at)) {
    const nal = bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + 1 + CODES_BYTES);
    if (SLICES.has((nal[0] ?? 0) & 0x1f)) return nullIfTruncated(() => namedBySlice(nal));
  }
  return null;
}

/** Reads a slice header (7.3.3): first_mb_in_slice and slice_type come before the id. */
function namedBySlice(nal: Buffer): number {
  const bits = new BitReader(nal.subarray(1));
  bits.unsigned();
  bits.unsigned();
  return bits.unsigned();
}
