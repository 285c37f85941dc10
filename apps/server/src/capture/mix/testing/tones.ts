import { Encoder } from '@evan/opus/wasm/index.mjs';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { SourceDecoder } from '../opus-codec.ts';
import type { SourcePacket } from '../mix-packets.ts';

interface Tone {
  hertz: number;
  /** Of 32768. */
  level?: number;
  seconds: number;
  /** The first packet comes at this time of the mix. */
  startSeconds?: number;
}

/** Encodes a tone as a browser would: mono, 32 kbit/s. */
export function tonePackets({ hertz, level = 8000, seconds, startSeconds = 0 }: Tone): SourcePacket[] {
  const encoder = new Encoder({ channels: 1, sample_rate: OPUS_RATE, application: 'voip' });
  encoder.ctl(4002, 32_000);
  const start = Math.round(startSeconds * OPUS_RATE);
  return Array.from({ length: Math.round(seconds * 50) }, (_, packet) => {
    const samples = Int16Array.from(
      { length: MIX_PACKET_TICKS },
      (_sample, index) =>
        level * Math.sin((2 * Math.PI * hertz * (packet * MIX_PACKET_TICKS + index)) / OPUS_RATE),
    );
    const payload = Buffer.from(encoder.encode(samples));
    return { at: start + packet * MIX_PACKET_TICKS, samples: MIX_PACKET_TICKS, payload };
  });
}

/** Decodes packets of one size, as a player does, to one channel. */
export function heard(
  packets: Uint8Array,
  packetBytes: number,
  channel: 'left' | 'right' = 'left',
): Float64Array {
  using decoder = new SourceDecoder();
  const count = packets.length / packetBytes;
  const sound = new Float64Array(count * MIX_PACKET_TICKS);
  for (let packet = 0; packet < count; packet++) {
    const samples = decoder.decode(packets.subarray(packet * packetBytes, (packet + 1) * packetBytes));
    for (let index = 0; index < MIX_PACKET_TICKS; index++)
      sound[packet * MIX_PACKET_TICKS + index] = samples?.[2 * index + (channel === 'left' ? 0 : 1)] ?? 0;
  }
  return sound;
}
