// Whoever compiles this file, as the web app does for the types of the server, has to find the declaration.
// oxlint-disable-next-line typescript/triple-slash-reference -- an import would be looked for when the code runs
/// <reference path="./evan-opus.d.ts" />
import { Decoder, Encoder } from '@evan/opus/wasm/index.mjs';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';

// This is libopus as WebAssembly: it computes the same on every machine, and a packet that somebody made up to harm a decoder
// can't leave its memory.

/** Each packet of a mix has this size, which is 128 kbit/s. */
export const MIX_PACKET_BYTES = 320;
const BITRATE_BPS = 128_000;
const CHANNELS = 2;

/** These requests set an encoder up (opus_defines.h). */
const SET_BITRATE = 4002;
const SET_VBR = 4006;
const SET_COMPLEXITY = 4010;
const SET_PREDICTION_DISABLED = 4042;

/** This kind of encoder is late by so many samples, which is a quarter of the usual delay. */
export const ENCODER_DELAY_TICKS = 120;

/** What a decoder makes of Opus: interleaved samples at a rate that Opus knows. */
interface SoundFormat {
  channels: 1 | 2;
  sample_rate: number;
}

/** Decodes the packets of one source, in their order, to interleaved stereo at 48 kHz unless another format is given. */
export class SourceDecoder implements Disposable {
  private readonly format: SoundFormat;
  private decoder: Decoder;
  private lastToc: number | null = null;

  constructor(format: SoundFormat = { channels: CHANNELS, sample_rate: OPUS_RATE }) {
    this.format = format;
    this.decoder = new Decoder(format);
  }

  /** Returns what a packet sounds like; null when it isn't Opus. */
  decode(packet: Uint8Array): Int16Array | null {
    // Of an empty packet libopus makes 120 ms of whatever came before.
    if (packet.length === 0) return null;
    try {
      const samples = this.decoder.decode(packet);
      this.lastToc = packet[0] ?? null;
      return new Int16Array(samples.buffer);
    } catch (error) {
      // A decoder that has left its path (WebAssembly.RuntimeError) can't be used any more.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      return null;
    }
  }

  /**
   * Returns how the sound may go on behind the last packet, one frame at a time: background noise of somebody who is silent,
   * and a fading repetition where packets were lost.
   */
  conceal(): Int16Array | null {
    // A packet of nothing but the TOC byte says that a frame is missing (RFC 6716, 3.2.1).
    return this.lastToc === null ? null : this.decode(Uint8Array.of(this.lastToc & ONE_FRAME_MASK));
  }

  /** Forgets what was heard: an Opus decoder carries it over, which is too loud behind a gap. */
  reset(): void {
    this.decoder.drop();
    this.decoder = new Decoder(this.format);
    this.lastToc = null;
  }

  [Symbol.dispose](): void {
    this.decoder.drop();
  }
}

const ONE_FRAME_MASK = 0xfc;

/** Says whether a packet has one channel: it is in the TOC byte (RFC 6716, 3.1). */
export function isMono(packet: Uint8Array): boolean {
  return ((packet[0] ?? 0) & STEREO_MASK) === 0;
}

const STEREO_MASK = 0x04;

/** Encodes a mix to packets of one size. */
export class MixEncoder implements Disposable {
  private readonly encoder = new Encoder({
    channels: CHANNELS,
    sample_rate: OPUS_RATE,
    application: 'restricted_lowdelay',
  });

  constructor() {
    this.encoder.ctl(SET_VBR, 0);
    this.encoder.ctl(SET_BITRATE, BITRATE_BPS);
    this.encoder.ctl(SET_COMPLEXITY, 10);
  }

  /**
   * Encodes 20 ms of interleaved stereo.
   * @param isIndependent whether the packet is to be decoded the same whatever came before it
   */
  encode(samples: Int16Array, { isIndependent }: { isIndependent: boolean }): Uint8Array {
    this.encoder.ctl(SET_PREDICTION_DISABLED, isIndependent ? 1 : 0);
    const packet = this.encoder.encode(samples);
    if (samples.length !== CHANNELS * MIX_PACKET_TICKS || packet.length !== MIX_PACKET_BYTES)
      throw new RangeError(`a packet of ${packet.length} bytes for ${samples.length} samples`);
    return packet;
  }

  [Symbol.dispose](): void {
    this.encoder.drop();
  }
}

/**
 * Returns packets of silence, for what can't be mixed. Each is a packet of one frame with padding behind it (RFC 6716, 3.2.5).
 */
export function silentPackets(count: number): Buffer {
  const packet = Buffer.alloc(MIX_PACKET_BYTES);
  // 20 ms of stereo with a frame count; one frame and padding; 254 + 60 bytes of padding; the frame.
  packet.set([0xff, 0x41, 255, 60, 0xff, 0xfe]);
  return Buffer.concat(Array.from({ length: count }, () => packet));
}
