import { voicePieceHeader, voiceRecord, type VoicePacket } from '../voices/voice-piece.ts';

/** Returns the bytes of a piece with these packets, as a recorder writes it. */
export function voicePiece(fromSample: number, packets: readonly Omit<VoicePacket, 'samples'>[]): Buffer {
  const records = packets.flatMap((packet) => voiceRecord(packet, fromSample));
  return Buffer.concat([voicePieceHeader(fromSample), ...records]);
}
