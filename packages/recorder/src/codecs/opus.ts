import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';

/** These frame lengths belong to the configuration numbers of the TOC byte, in 48 kHz samples (RFC 6716, 3.1). */
const SILK = [480, 960, 1920, 2880];
const HYBRID = [480, 960];
const CELT = [120, 240, 480, 960];
const FRAME_SAMPLES = [...SILK, ...SILK, ...SILK, ...HYBRID, ...HYBRID, ...CELT, ...CELT, ...CELT, ...CELT];

/** A packet may not be longer than 120 ms (RFC 6716, 3.2.5). */
const MAX_PACKET_SAMPLES = 0.12 * OPUS_RATE;

/** Returns how long a packet plays, in 48 kHz samples (RFC 6716, 3.1 and 3.2); null when it isn't a valid Opus packet. */
export function opusPacketSamples(packet: Buffer): number | null {
  const toc = packet[0];
  if (toc === undefined) return null;
  const code = toc & 3;
  let frames = code === 0 ? 1 : 2;
  if (code === 3) frames = (packet[1] ?? 0) & 0x3f;
  const samples = (FRAME_SAMPLES[toc >> 3] ?? 0) * frames;
  return samples > 0 && samples <= MAX_PACKET_SAMPLES ? samples : null;
}

/**
 * Whether LiveKit sent this packet in a publisher's place when a track ended: silence padded with zeros, as no encoder does.
 */
export function isLivekitFiller(packet: Buffer): boolean {
  const isSilence = packet[0] === 0xf8 && packet[1] === 0xff && packet[2] === 0xfe;
  return isSilence && packet.length > 3 && packet.subarray(3).every((byte) => byte === 0);
}

/** Stereo full-band CELT packets that decode to silence, longest first. */
const SILENCE = [
  { samples: 960, packet: Buffer.from([0xfc, 0xff, 0xfe]) },
  { samples: 480, packet: Buffer.from([0xf4, 0xff, 0xfe]) },
  { samples: 240, packet: Buffer.from([0xec, 0xff, 0xfe]) },
  { samples: 120, packet: Buffer.from([0xe4, 0xff, 0xfe]) },
] as const;

/** Yields packets of silence that fill `samples`; at most 2.5 ms is left over. */
export function* opusSilence(samples: number): Generator<{ samples: number; packet: Buffer }> {
  let left = samples;
  for (const silence of SILENCE) {
    for (; left >= silence.samples; left -= silence.samples) yield silence;
  }
}
