import type { MediaKind, RtpData } from '../codecs/rtp-data.ts';
import { LossMeter } from '../rtp/loss-meter.ts';
import { MediaIntake } from '../rtp/media-intake.ts';

const TICK_MS = 20;
const TICKS_PER_MS = { video: 90, audio: 48 };
const SPS_720 = Buffer.from('6742c01f8c8d402802dd350101010784423500', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');
const KEY_SLICE = 0x65;
const SOUND = 0xfc;

/** A packet, of which `capturedMs` is the truth and `mediaMs` what its RTP time says. A picture is one keyframe of one packet. */
export interface SimulatedPacket {
  kind: MediaKind;
  sequenceNumber: number;
  capturedMs: number;
  mediaMs: number;
  arrivalMs: number;
}

/** A sender report: its clock showed `ntpMs` when its RTP time was `mediaMs`. */
export interface SimulatedReport {
  kind: MediaKind;
  mediaMs: number;
  ntpMs: number;
  arrivalMs: number;
}

/** Media that an intake has delivered, with the time that it gave them and the time at which it did so. */
export interface Delivered {
  kind: MediaKind;
  capturedMs: number;
  wallMs: number;
  deliveredMs: number;
}

/** Passes packets and reports to an intake in the order of their arrival, with a tick each 20 ms, without waiting for any of it. */
export function simulateIntake(packets: readonly SimulatedPacket[], reports: readonly SimulatedReport[]) {
  const delivered: Delivered[] = [];
  let nowMs = 0;
  const deliver = (kind: MediaKind, payload: Buffer, wallMs: number): void => {
    delivered.push({ kind, capturedMs: payload.readDoubleBE(1), wallMs, deliveredMs: nowMs });
  };
  const intake = new MediaIntake({
    hasAudio: true,
    onPicture: ({ chunks }, wallMs) => {
      const slice = chunks.find((chunk) => chunk[0] === KEY_SLICE);
      if (slice !== undefined) deliver('video', slice, wallMs);
    },
    onSound: (packet, wallMs) => deliver('audio', packet, wallMs),
    onAlive: () => undefined,
    onDamage: () => undefined,
    requestRetransmission: () => undefined,
    counts: new LossMeter().packets,
  });
  const events = [
    ...packets.map((packet) => ({
      arrivalMs: packet.arrivalMs,
      run: () => intake.packet(packet.kind, rtpOf(packet)),
    })),
    ...reports.map(({ kind, mediaMs, ntpMs, arrivalMs }) => ({
      arrivalMs,
      run: () => intake.senderReport(kind, ticksOf(kind, mediaMs), ntpMs, arrivalMs),
    })),
  ].toSorted((a, b) => a.arrivalMs - b.arrivalMs);
  let nextTickMs = events[0]?.arrivalMs ?? 0;
  for (const { arrivalMs, run } of events) {
    for (; nextTickMs <= arrivalMs; nextTickMs += TICK_MS) {
      nowMs = nextTickMs;
      intake.tick(nowMs);
    }
    nowMs = arrivalMs;
    run();
  }
  intake.release();
  return delivered;
}

function ticksOf(kind: MediaKind, mediaMs: number): number {
  return Math.round(mediaMs * TICKS_PER_MS[kind]) >>> 0;
}

function rtpOf({ kind, sequenceNumber, capturedMs, mediaMs, arrivalMs }: SimulatedPacket): RtpData {
  const note = Buffer.alloc(9);
  note.writeUInt8(kind === 'video' ? KEY_SLICE : SOUND);
  note.writeDoubleBE(capturedMs, 1);
  return {
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: ticksOf(kind, mediaMs),
    isMarker: true,
    payloadType: 96,
    codec: kind === 'video' ? 'h264' : undefined,
    payload: kind === 'video' ? aggregate([SPS_720, PPS, note]) : note,
    arrivalMs,
  };
}

/** Puts several NAL units into one packet (STAP-A, RFC 6184, 5.7.1). */
function aggregate(units: readonly Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.from([0x78]),
    ...units.flatMap((unit) => [Buffer.from([unit.length >> 8, unit.length & 0xff]), unit]),
  ]);
}
