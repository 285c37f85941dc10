import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { limit, LIMITER_REACH_TICKS } from './limiter.ts';
import { ENCODER_DELAY_TICKS, isMono, MixEncoder, SourceDecoder } from './opus-codec.ts';

/** A packet of a source. Times are samples of 48 kHz, counted from the beginning of the mix. */
export interface SourcePacket {
  at: number;
  /** It is said to last this long. */
  samples: number;
  payload: Uint8Array;
}

/** A source is one voice or the share's sound in one section of a clip. It is heard from `from` to `to`. */
export interface MixSource {
  from: number;
  to: number;
  /** The packets are in the order of time, and reach as far beyond what is mixed as `mixReach` says. */
  packets: readonly SourcePacket[];
  /** The source is this many times as loud as it was sent; as loud unless given. */
  gain?: number;
}

/** A decoder that begins in mid-stream has settled after so many packets; RFC 7845, 4.6 has four, for what can just be heard. */
const SETTLING_PACKETS = 12;
/** A shorter gap is somebody's silence (an encoder sends noise every 400 ms) or lost packets. Behind a longer one all is new. */
export const MAX_CONCEALED_TICKS = 21_120;
/** Behind the last packet before a longer gap, the sound fades out for so long. */
const FADING_TICKS = 2880;
/** An encoder that begins in mid-stream gets so many packets before the first one that is used. */
const ENCODER_SETTLING_PACKETS = 4;
/** A source begins and ends softly, because sections of a clip may have been hours apart. */
const EDGE_TICKS = 240;

/** A stretch of packets of a mix. */
interface Stretch {
  first: number;
  count: number;
}

/** An Opus packet plays no longer than this (RFC 6716, 3.2.5). */
const LONGEST_PACKET_TICKS = 5760;

/** Returns the times from and to which a stretch needs the packets of its sources, so that it fits to those beside it. */
export function mixReach(stretch: Stretch): Window {
  const { from, to } = windowOf(stretch);
  const settling = (SETTLING_PACKETS + 1) * (MAX_CONCEALED_TICKS + LONGEST_PACKET_TICKS);
  return { from: from - settling, to: to + MAX_CONCEALED_TICKS + LONGEST_PACKET_TICKS };
}

/** Returns the times from and to which a stretch needs the sound of its sources. */
function windowOf({ first, count }: Stretch): Window {
  // A decoder's output is late by the encoder's delay, so the encoder gets what comes that much later.
  const from = (first - ENCODER_SETTLING_PACKETS) * MIX_PACKET_TICKS + ENCODER_DELAY_TICKS;
  const to = (first + count) * MIX_PACKET_TICKS + ENCODER_DELAY_TICKS;
  return { from: from - LIMITER_REACH_TICKS.before, to: to + LIMITER_REACH_TICKS.behind };
}

/**
 * Mixes a stretch of packets. They depend on the sources alone and on nothing that was mixed before, so any stretch can be
 * mixed by itself, and stretches fit together.
 */
export function mixPackets(sources: readonly MixSource[], stretch: Stretch): Buffer {
  const { first, count } = stretch;
  const window = windowOf(stretch);
  const sum = new Float32Array(2 * (window.to - window.from));
  for (const source of sources) addSource(sum, window, source);
  limit(sum);

  using encoder = new MixEncoder();
  const samples = new Int16Array(2 * MIX_PACKET_TICKS);
  const packets: Uint8Array[] = [];
  for (let packet = -ENCODER_SETTLING_PACKETS; packet < count; packet++) {
    const at = 2 * ((first + packet) * MIX_PACKET_TICKS + ENCODER_DELAY_TICKS - window.from);
    for (let index = 0; index < samples.length; index++) samples[index] = Math.round(sum[at + index] ?? 0);
    // Across a seam a decoder goes on with what another encoder left: both sides of it do without what came before.
    const isAtSeam = packet === -1 || packet === 0 || packet === count - 1;
    const encoded = encoder.encode(samples, { isIndependent: isAtSeam });
    if (packet >= 0) packets.push(encoded);
  }
  return Buffer.concat(packets);
}

interface Window {
  from: number;
  to: number;
}

/** Decodes a source and adds what is heard of it in a window. */
function addSource(sum: Float32Array, window: Window, { from, to, packets, gain = 1 }: MixSource): void {
  if (gain === 0) return;
  const begin = Math.max(window.from, from);
  const end = Math.min(window.to, to);
  if (begin >= end) return;
  const first = firstToDecode(packets, begin);
  const behind = packets.findIndex(({ at }, index) => index >= first && at >= end);
  const heard = packets.slice(first, behind < 0 ? packets.length : behind);
  // Microphones send one channel. A decoder for two would decode it twice, to the same samples.
  const channels = heard.every(({ payload }) => isMono(payload)) ? 1 : 2;
  using decoder = new SourceDecoder({ channels, sample_rate: OPUS_RATE });
  const add = (samples: Int16Array, at: number, until: number) =>
    addSamples(sum, window.from, samples, { channels, at, begin, end: Math.min(end, until), from, to, gain });
  for (const [index, packet] of heard.entries()) {
    const decoded = decoder.decode(packet.payload);
    const packetEnd = packet.at + packet.samples;
    if (decoded !== null) add(decoded, packet.at, packetEnd);
    const next = packets[first + index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const isEnd = next - packetEnd > MAX_CONCEALED_TICKS;
    const concealedTo = Math.min(end, isEnd ? packetEnd + FADING_TICKS : next);
    for (let at = packetEnd; at < concealedTo;) {
      const concealed = decoder.conceal();
      if (concealed === null || concealed.length === 0) break;
      add(concealed, at, concealedTo);
      at += concealed.length / channels;
    }
    if (isEnd) decoder.reset();
  }
}

/** Returns the packet with which decoding has to begin so that all is right from a time on. */
function firstToDecode(packets: readonly SourcePacket[], time: number): number {
  let index = packets.findIndex(({ at, samples }) => at + samples > time);
  if (index < 0) index = packets.length;
  for (let settling = 0; settling < SETTLING_PACKETS && index > 0; settling++) {
    const before = packets[index - 1];
    const here = packets[index];
    if (before === undefined) break;
    const gap = (here?.at ?? time) - before.at - before.samples;
    if (gap > MAX_CONCEALED_TICKS) break;
    index--;
  }
  return index;
}

interface Placed {
  channels: 1 | 2;
  at: number;
  /** What is before or behind isn't added. */
  begin: number;
  end: number;
  /** The source's own ends, where it is soft. */
  from: number;
  to: number;
  gain: number;
}

function addSamples(
  sum: Float32Array,
  sumFrom: number,
  samples: Int16Array,
  { channels, at, begin, end, from, to, gain: level }: Placed,
): void {
  const first = Math.max(at, begin);
  const last = Math.min(at + samples.length / channels, end);
  const isSoft = first < from + EDGE_TICKS || last > to - EDGE_TICKS;
  for (let time = first; time < last; time++) {
    const softness = isSoft ? Math.min(1, (time - from) / EDGE_TICKS, (to - time) / EDGE_TICKS) : 1;
    const gain = level * softness;
    const target = 2 * (time - sumFrom);
    const left = channels * (time - at);
    const right = left + channels - 1;
    sum[target] = (sum[target] ?? 0) + gain * (samples[left] ?? 0);
    sum[target + 1] = (sum[target + 1] ?? 0) + gain * (samples[right] ?? 0);
  }
}
