import type { FilePayload } from '../tables/payload.ts';
import type { SampleSequence } from './sample-sequence.ts';
import type { MovieTrack } from '../boxes/movie-header.ts';
import type { SectionTimes } from './picture-cut.ts';
import type { MediaTrack } from '../fragments/init-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** Of 20 ms, stereo, without content. */
const SILENT_OPUS_PACKET = Buffer.from([0xfc, 0xff, 0xfe]);
const OPUS_PACKET_SECONDS = 0.02;
/** Opus decoders need 80 ms to settle after a start in mid-stream (RFC 7845, 4.6). */
const PREROLL_SECONDS = 0.08;

/** Puts the sound of sections one behind the other, without a hole. */
export class SoundLayout {
  private readonly builder: TrackBuilder;
  private readonly track: MediaTrack;
  private readonly packetTicks: number;
  private sequence: SampleSequence | null = null;
  private runIndex = 0;
  /** Packets of the sequence that are taken: [first, behind). */
  private first = 0;
  private behind = 0;
  /** Movie time minus sequence time, ticks. */
  private shift = 0;
  /** Where the next packet comes, ticks of the movie; null before the first. */
  private cursor: number | null = null;
  /** Movie time of the track's beginning, ticks: its own time is counted from there. */
  private origin: number | null = null;
  /** Where the section is shown from, ticks of its media timeline. */
  private shownFrom = 0;
  private presentedFrom = 0;

  constructor(payload: FilePayload, track: MediaTrack) {
    this.builder = new TrackBuilder(payload, track);
    this.track = track;
    this.packetTicks = Math.round(OPUS_PACKET_SECONDS * track.timescale);
  }

  /**
   * Chooses what is taken of a section's sound, `sequence` null when it has none.
   * @returns where it begins for the first section, seconds on its media timeline: not behind its pictures, and early enough
   * for the decoder to settle
   */
  take(sequence: SampleSequence | null, { decodedFrom, from, to }: SectionTimes): number | undefined {
    const { timescale } = this.track;
    if (sequence !== null && sequence.timescale !== timescale)
      throw new RangeError('the timescale changes inside the clip');
    const isFirst = this.cursor === null;
    const ticks = (seconds: number) => Math.round(seconds * timescale);
    const wantedFrom = ticks(isFirst ? Math.min(decodedFrom, from - PREROLL_SECONDS) : from);
    this.sequence = sequence;
    this.runIndex = 0;
    this.shownFrom = ticks(from);
    this.first = 0;
    this.behind = 0;
    if (sequence !== null) {
      const onAir = sequence.findLast((packet) => sequence.start(packet) <= wantedFrom);
      this.first = Math.max(0, onAir);
      this.behind = sequence.findLast((packet) => sequence.start(packet) < ticks(to)) + 1;
    }
    if (!isFirst) return undefined;
    const firstTime =
      sequence === null || this.behind <= this.first ? wantedFrom : sequence.start(this.first);
    const missing = Math.max(0, Math.ceil((firstTime - wantedFrom) / this.packetTicks));
    this.cursor = firstTime - missing * this.packetTicks;
    return this.cursor / timescale;
  }

  /** Puts what was taken where the section's pictures are. */
  begin(shiftSeconds: number): void {
    const { timescale } = this.track;
    const isFirst = this.origin === null;
    this.shift = Math.round(shiftSeconds * timescale);
    if (isFirst) {
      this.cursor = (this.cursor ?? 0) + this.shift;
      this.origin = this.cursor;
      this.presentedFrom = this.shownFrom + this.shift;
      return;
    }
    const before = this.cursor;
    this.fillUpTo((this.shownFrom + this.shift) / timescale);
    this.alignToPackets(this.sequence);
    // Opus packets are read with what was heard before: after other sound these may be decoded many times too loud, after
    // silence they begin quietly. What is left out here is filled with it.
    if (this.cursor === before) this.first++;
  }

  /** Packets follow each other without a seam: a later section's sound moves by half a packet at most. */
  private alignToPackets(sequence: SampleSequence | null): void {
    if (sequence === null || this.cursor === null) return;
    while (this.first < this.behind) {
      const apart = sequence.start(this.first) + this.shift - this.cursor;
      const packets = Math.round(apart / this.packetTicks);
      if (packets >= 0) {
        this.shift += packets * this.packetTicks - apart;
        return;
      }
      this.first++;
    }
  }

  add(run: SampleRun): void {
    const { sequence } = this;
    if (sequence === null) return;
    const firstOfRun = sequence.firstOfRun[this.runIndex++] ?? 0;
    const end = Math.min(firstOfRun + run.sizes.length, this.behind);
    let begin = Math.max(firstOfRun, this.first);
    while (begin < end) {
      this.fillUpTo((sequence.start(begin) + this.shift) / this.track.timescale);
      let behind = begin;
      const samples = [];
      do {
        samples.push({
          decodeTime: this.ownTime(this.cursor),
          compositionOffset: 0,
          sizeBytes: sequence.sizes[behind] ?? 0,
          isKey: true,
        });
        this.cursor = (this.cursor ?? 0) + (sequence.durations[behind] ?? 0);
        behind++;
      } while (behind < end && this.missingPackets(sequence.start(behind) + this.shift) === 0);
      const offset = run.offset + sequence.bytesBetween(firstOfRun, begin);
      this.builder.addFromFile(run.track, { path: run.path, offset }, samples);
      begin = behind;
    }
  }

  /** Puts silence up to a time of the movie, as far as whole packets reach. */
  fillUpTo(movieSeconds: number): void {
    const count = this.missingPackets(Math.round(movieSeconds * this.track.timescale));
    if (count === 0 || this.cursor === null) return;
    const begin = this.ownTime(this.cursor);
    const samples = Array.from({ length: count }, (_, index) => ({
      decodeTime: begin + index * this.packetTicks,
      compositionOffset: 0,
      sizeBytes: SILENT_OPUS_PACKET.length,
      isKey: true,
    }));
    this.builder.addBytes(this.track, Buffer.concat(samples.map(() => SILENT_OPUS_PACKET)), samples);
    this.cursor += count * this.packetTicks;
  }

  /** How many whole packets fit between the sound so far and a time of the movie, ticks. */
  private missingPackets(time: number): number {
    // A tick or two are rounding.
    return Math.max(0, Math.floor((time - (this.cursor ?? time)) / this.packetTicks + 0.01));
  }

  finish(endSeconds: number): MovieTrack {
    const end = Math.max(Math.round(endSeconds * this.track.timescale), this.cursor ?? 0);
    return this.builder.finish({
      presentedFrom: this.ownTime(this.presentedFrom),
      end: this.ownTime(end),
    });
  }

  private ownTime(movieTime: number | null): number {
    return (movieTime ?? 0) - (this.origin ?? 0);
  }
}
