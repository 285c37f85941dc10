import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { opusPacketSamples } from '../codecs/opus.ts';

// A voice is kept in pieces: a header with the time of the first packet, then one record for each packet. This is no format for
// players: a capture reads all packets of a range anyway, and a file that only grows by whole records survives every crash.

/** A packet of a voice as it was received. Times are in 48 kHz samples since the epoch. */
export interface VoicePacket {
  atSample: number;
  samples: number;
  /** How far below full scale the voice was, in dB (0 to 127); null when nobody has said. */
  level: number | null;
  payload: Buffer;
}

/** What one microphone sent in one window of time, oldest first. Packets never overlap. */
export interface VoicePiece {
  fromSample: number;
  packets: VoicePacket[];
}

/** The pieces of a recording's voices lie in this folder of its destination, in a folder for each participant. */
export const VOICES_FOLDER = 'voices';
/** A piece never reaches over a multiple of this time, in epoch ms, but with the end of its last packet. */
const PIECE_MS = 10_000;
/** An Opus packet plays no longer than this (RFC 6716, 3.2.5). */
const LONGEST_PACKET_MS = 120;
export const SAMPLES_PER_MS = OPUS_RATE / 1000;

const MAGIC = Buffer.from('HSVOICE1');
const HEADER_BYTES = 16;
const RECORD_BYTES = 8;
const UNKNOWN_LEVEL = 255;
const NAME = /^([0-3])-(\d{13})\.voice$/;

/** A participant may publish several microphones at once; each has a number of its own, a slot, which others take over. */
export const MOST_SLOTS = 4;

/** Returns the file name of a piece. @param fromMs the time of its first packet, in epoch ms */
export function voicePieceName(slot: number, fromMs: number): string {
  return `${slot}-${String(Math.floor(fromMs)).padStart(13, '0')}.voice`;
}

/** Reads the file name of a piece; null for other files. Times are in epoch ms. */
export function parseVoicePieceName(name: string): { slot: number; fromMs: number } | null {
  const [, slot, fromMs] = NAME.exec(name) ?? [];
  return fromMs === undefined ? null : { slot: Number(slot), fromMs: Number(fromMs) };
}

/** Returns the time (epoch ms) at which the piece that begins at `fromMs` ends at the latest. */
export function latestEndMs(fromMs: number): number {
  return windowEndMs(fromMs) + LONGEST_PACKET_MS;
}

/** Returns the time (epoch ms) from which packets belong to the next piece. */
export function windowEndMs(fromMs: number): number {
  return (Math.floor(fromMs / PIECE_MS) + 1) * PIECE_MS;
}

/** Says whether a participant's identity can be the name of the folder of their voice. */
export function isVoiceName(identity: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(identity);
}

export function voicePieceHeader(fromSample: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeBigUInt64BE(BigInt(fromSample), MAGIC.length);
  return header;
}

/** Returns the record of a packet in a piece that begins at `fromSample`. */
export function voiceRecord(
  { atSample, level, payload }: Omit<VoicePacket, 'samples'>,
  fromSample: number,
): Buffer[] {
  const head = Buffer.alloc(RECORD_BYTES);
  head.writeUInt32BE(atSample - fromSample);
  head.writeUInt8(level ?? UNKNOWN_LEVEL, 4);
  head.writeUInt16BE(payload.length, 6);
  return [head, payload];
}

/**
 * Reads a piece, up to its last whole record. Returns null when this is no piece. Records that a recorder can't have written
 * are left out.
 */
export function readVoicePiece(bytes: Buffer): VoicePiece | null {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null;
  const fromSample = Number(bytes.readBigUInt64BE(MAGIC.length));
  if (!Number.isSafeInteger(fromSample)) return null;
  const packets: VoicePacket[] = [];
  let end = fromSample;
  for (let at = HEADER_BYTES; at + RECORD_BYTES <= bytes.length;) {
    const atSample = fromSample + bytes.readUInt32BE(at);
    const level = bytes.readUInt8(at + 4);
    const payloadAt = at + RECORD_BYTES;
    const length = bytes.readUInt16BE(at + 6);
    at = payloadAt + length;
    if (at > bytes.length) break;
    const payload = bytes.subarray(payloadAt, at);
    const samples = opusPacketSamples(payload);
    if (samples === null || atSample < end) continue;
    end = atSample + samples;
    packets.push({ atSample, samples, level: level === UNKNOWN_LEVEL ? null : level, payload });
  }
  return { fromSample, packets };
}
