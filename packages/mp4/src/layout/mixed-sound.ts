import { opusSampleEntry } from '../fragments/init-segment.ts';
import { OPUS_RATE } from '../fragments/track-rates.ts';
import type { MovieTrack } from '../boxes/movie-header.ts';
import type { FilePayload } from '../tables/payload.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** A packet of mixed sound lasts 20 ms. */
export const MIX_PACKET_TICKS = 960;

/**
 * Mixed sound lies in files of its own, chunk after chunk. All of its packets have one size, so a clip can be laid out before a
 * packet has been mixed.
 */
export interface MixFormat {
  packetBytes: number;
  /** Each chunk is a file of so many packets; the last one may have fewer. */
  packetsPerChunk: number;
  chunkPath: (chunk: number) => string;
}

/** A section's sound fills this part of the mix. Times are seconds from the first packet of the mix. */
export interface MixedSection {
  fromSeconds: number;
  toSeconds: number;
  /** The time in the mix minus the section's own time. */
  shiftSeconds: number;
}

/** This is what every track of Opus that we lay out says of its sound. */
export const OPUS_TRACK = {
  kind: 'audio',
  timescale: OPUS_RATE,
  codec: 'Opus',
  width: 0,
  height: 0,
  sampleEntry: opusSampleEntry(),
} as const;

/** Lays out mixed sound: packets of one size from the beginning of a clip to its end, without a hole. */
export class MixedSound {
  private readonly format: MixFormat;
  private readonly builder: TrackBuilder;
  private readonly placed: MixedSection[] = [];
  private count = 0;

  constructor(payload: FilePayload, format: MixFormat) {
    this.format = format;
    this.builder = new TrackBuilder(payload, OPUS_TRACK);
  }

  get packetCount(): number {
    return this.count;
  }

  get sections(): readonly MixedSection[] {
    return this.placed;
  }

  /** Places a section behind those before. */
  begin(section: MixedSection): void {
    this.placed.push(section);
  }

  /** Adds the packets that begin before a time of the clip. */
  fillUpTo(seconds: number): void {
    const end = Math.ceil((seconds * OPUS_RATE) / MIX_PACKET_TICKS - ROUNDING);
    const { packetBytes, packetsPerChunk, chunkPath } = this.format;
    while (this.count < end) {
      const chunk = Math.floor(this.count / packetsPerChunk);
      const first = this.count - chunk * packetsPerChunk;
      const count = Math.min(end - this.count, packetsPerChunk - first);
      const samples = Array.from({ length: count }, (_, index) => ({
        decodeTime: (this.count + index) * MIX_PACKET_TICKS,
        compositionOffset: 0,
        sizeBytes: packetBytes,
        isKey: true,
      }));
      this.builder.addFromFile(OPUS_TRACK, { path: chunkPath(chunk), offset: first * packetBytes }, samples);
      this.count += count;
    }
  }

  /** Returns the track, which is heard from a time of the clip on. */
  finish(presentedFromSeconds: number): MovieTrack {
    return this.builder.finish({
      presentedFrom: Math.round(presentedFromSeconds * OPUS_RATE),
      end: this.count * MIX_PACKET_TICKS,
    });
  }
}

/** A packet that would begin a tick or two before the end is rounding. */
const ROUNDING = 0.01;
