import { open } from 'node:fs/promises';
import { BitReader, nullIfTruncated } from '../boxes/bit-reader.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';

/** A packet of AAC-LC is this many samples further than the one before it. */
export const AAC_PACKET_SAMPLES = 1024;

/** A stretch of sound that was encoded by itself. */
export interface SoundPiece {
  /** What was encoded begins with this packet of the whole; the packets of the piece count from there. */
  firstPacket: number;
  track: FileTrack;
}

/** The last packets of a piece were encoded without knowing what follows. */
const UNCERTAIN_PACKETS = 2;
/** The beginning of a packet tells its window. */
const HEADER_BYTES = 8;

/**
 * Joins pieces of one sound, encoded as AAC-LC with some packets of overlap, as if they had been encoded at once. A packet of AAC is
 * heard together with the second half of the one before, so the change from one encoder to the next lies where both have chosen the
 * same window for that one.
 * @param settledPackets a piece behind the first one is not used before this many of its packets, because its encoder knew nothing yet
 * @returns null when two pieces agree nowhere
 */
export async function joinSoundPieces(
  pieces: readonly SoundPiece[],
  settledPackets: number,
): Promise<FileTrack | null> {
  const [first, ...others] = pieces;
  if (first === undefined) throw new RangeError('no sound');
  const samples: FileSample[] = [...first.track.samples];
  let before = first;
  for (const piece of others) {
    const change = await findChange(before, piece, settledPackets);
    if (change === null) return null;
    samples.splice(change);
    const from = piece.firstPacket * AAC_PACKET_SAMPLES;
    for (const sample of piece.track.samples.slice(change - piece.firstPacket))
      samples.push({
        ...sample,
        // Encoders note the rate of their own piece in it.
        sampleEntry: first.track.samples[0]?.sampleEntry ?? sample.sampleEntry,
        decodeTime: sample.decodeTime + from,
      });
    before = piece;
  }
  const end = before.track.end + before.firstPacket * AAC_PACKET_SAMPLES;
  return { ...first.track, samples, end };
}

/** Returns the first packet of the whole that can be taken from the next piece. */
async function findChange(
  before: SoundPiece,
  next: SoundPiece,
  settledPackets: number,
): Promise<number | null> {
  const end = before.firstPacket + before.track.samples.length - UNCERTAIN_PACKETS;
  for (let packet = next.firstPacket + settledPackets; packet < end; packet++) {
    const [one, other] = await Promise.all([windowOf(before, packet - 1), windowOf(next, packet - 1)]);
    if (one !== null && one === other) return packet;
  }
  return null;
}

/** Names the window of a packet, and its shape; null where that can't be told for both channels. */
async function windowOf({ track, firstPacket }: SoundPiece, packet: number): Promise<string | null> {
  const sample = track.samples[packet - firstPacket];
  if (sample === undefined) return null;
  await using file = await open(sample.path);
  const bytes = Buffer.alloc(Math.min(HEADER_BYTES, sample.sizeBytes));
  await file.read(bytes, 0, bytes.length, sample.offset);
  return nullIfTruncated(() => readWindow(bytes));
}

const SINGLE_CHANNEL = 0;
const CHANNEL_PAIR = 1;

/** Reads the beginning of a raw_data_block (ISO/IEC 14496-3, 4.4.2.1). */
function readWindow(bytes: Buffer): string | null {
  const bits = new BitReader(bytes);
  const element = bits.read(3);
  bits.skip(4);
  if (element === SINGLE_CHANNEL) bits.skip(8); // global_gain
  else if (element !== CHANNEL_PAIR || !bits.flag()) return null; // Each channel has a window of its own.
  bits.skip(1);
  return `${bits.read(2)} ${bits.read(1)}`;
}
