import { childBoxes, findBox, type Box } from '../boxes/box-reader.ts';
import type { MediaTrack, SampleDefaults } from './init-tracks.ts';

/** A run is a group of samples of one track that lie next to each other in a file. All arrays have one entry per sample. */
export interface SampleRun {
  track: MediaTrack;
  path: string;
  /** The first sample begins at this offset in the file. */
  offset: number;
  /** The decode time of the first sample, in ticks on the session's media timeline. */
  decodeTime: number;
  durations: Uint32Array;
  sizes: Uint32Array;
  /** Presentation time minus decode time, in ticks. */
  compositionOffsets: Int32Array;
  isKey: Uint8Array;
}

interface FragmentPlace {
  path: string;
  /** The moof lies at this offset in the file; data offsets count from there. */
  at: number;
  tracks: readonly MediaTrack[];
}

/**
 * Reads the runs of samples in a moof box, one for each trun that has samples. Tracks that `tracks` doesn't list are left
 * out.
 * @throws RangeError when a box is cut off or nonsense
 */
export function parseFragment(buffer: Buffer, moof: Box, { path, at, tracks }: FragmentPlace): SampleRun[] {
  return childBoxes(buffer, moof)
    .filter((box) => box.type === 'traf')
    .flatMap((traf) => {
      const tfhd = findBox(buffer, traf, 'tfhd');
      const tfdt = findBox(buffer, traf, 'tfdt');
      const track = tracks.find(({ id }) => tfhd !== undefined && buffer.readUInt32BE(tfhd.body + 4) === id);
      if (tfhd === undefined || tfdt === undefined || track === undefined) return [];
      const header = parseFragmentHeader(buffer, tfhd, track.defaults);
      let decodeTime =
        buffer[tfdt.body] === 1
          ? Number(buffer.readBigUInt64BE(tfdt.body + 4))
          : buffer.readUInt32BE(tfdt.body + 4);
      let next: number | null = null;
      const runs: SampleRun[] = [];
      for (const trun of childBoxes(buffer, traf).filter((box) => box.type === 'trun')) {
        const base = header.baseOffset ?? at;
        const run = parseRun(buffer, trun, {
          track,
          path,
          base,
          next,
          decodeTime,
          defaults: header.defaults,
        });
        if (run.sizes.length === 0) continue;
        runs.push(run);
        next = runEnd(run);
        decodeTime += sum(run.durations);
      }
      return runs;
    });
}

/** Reads tfhd (ISO/IEC 14496-12, 8.8.7), whose optional fields come in the order of their flags. */
function parseFragmentHeader(
  buffer: Buffer,
  tfhd: Box,
  trackDefault: SampleDefaults,
): { baseOffset: number | null; defaults: SampleDefaults } {
  const flags = buffer.readUInt32BE(tfhd.body) & 0xff_ff_ff;
  let at = tfhd.body + 8;
  const take = (flag: number, bytes: number): number | null => {
    if ((flags & flag) === 0) return null;
    at += bytes;
    return bytes === 8 ? Number(buffer.readBigUInt64BE(at - 8)) : buffer.readUInt32BE(at - 4);
  };
  const baseOffset = take(0x01, 8);
  take(0x02, 4);
  return {
    baseOffset,
    defaults: {
      duration: take(0x08, 4) ?? trackDefault.duration,
      sizeBytes: take(0x10, 4) ?? trackDefault.sizeBytes,
      flags: take(0x20, 4) ?? trackDefault.flags,
    },
  };
}

const DEPENDS_ON_OTHERS = 0x1_00_00;

/** Reads trun (ISO/IEC 14496-12, 8.8.8). */
function parseRun(
  buffer: Buffer,
  trun: Box,
  {
    track,
    path,
    base,
    next,
    decodeTime,
    defaults,
  }: {
    track: MediaTrack;
    path: string;
    base: number;
    /** The run before this one ended here; a run without an offset of its own begins there. */
    next: number | null;
    decodeTime: number;
    defaults: SampleDefaults;
  },
): SampleRun {
  const flags = buffer.readUInt32BE(trun.body) & 0xff_ff_ff;
  const count = buffer.readUInt32BE(trun.body + 4);
  let at = trun.body + 8;
  let offset = next ?? base;
  if ((flags & 0x01) !== 0) {
    offset = base + buffer.readInt32BE(at);
    at += 4;
  }
  let firstFlags: number | null = null;
  if ((flags & 0x04) !== 0) {
    firstFlags = buffer.readUInt32BE(at);
    at += 4;
  }
  const stride = 4 * [0x1_00, 0x2_00, 0x4_00, 0x8_00].filter((flag) => (flags & flag) !== 0).length;
  if (at + count * stride > trun.end || (stride === 0 && count > MAX_UNLISTED_SAMPLES))
    throw new RangeError('trun is longer than its box');
  const run: SampleRun = {
    track,
    path,
    offset,
    decodeTime,
    durations: new Uint32Array(count).fill(defaults.duration),
    sizes: new Uint32Array(count).fill(defaults.sizeBytes),
    compositionOffsets: new Int32Array(count),
    isKey: new Uint8Array(count),
  };
  for (let i = 0; i < count; i++) {
    let sampleFlags = i === 0 ? (firstFlags ?? defaults.flags) : defaults.flags;
    if ((flags & 0x1_00) !== 0) {
      run.durations[i] = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x2_00) !== 0) {
      run.sizes[i] = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x4_00) !== 0) {
      sampleFlags = buffer.readUInt32BE(at);
      at += 4;
    }
    if ((flags & 0x8_00) !== 0) {
      run.compositionOffsets[i] = buffer.readInt32BE(at);
      at += 4;
    }
    run.isKey[i] = (sampleFlags & DEPENDS_ON_OTHERS) === 0 ? 1 : 0;
  }
  return run;
}

/** A run may have no entries but only a count, which damage can make any number. No fragment of ours has as many samples. */
const MAX_UNLISTED_SAMPLES = 100_000;

/** Returns the offset in the file at which a run's last sample ends. */
export function runEnd(run: SampleRun): number {
  return run.offset + sum(run.sizes);
}

export function sum(values: Uint32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
