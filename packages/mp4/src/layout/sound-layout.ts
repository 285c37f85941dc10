import type { FilePayload } from '../tables/payload.ts';
import type { SampleSequence } from './sample-sequence.ts';
import type { MovieTrack } from '../boxes/movie-header.ts';
import type { SectionTimes } from './picture-cut.ts';
import type { MediaTrack } from '../fragments/init-tracks.ts';
import type { SampleRun } from '../fragments/movie-fragment.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** A stereo Opus packet of 20 ms that decodes to silence. */
export const SILENT_OPUS_PACKET = Buffer.from([0xfc, 0xff, 0xfe]);
const OPUS_PACKET_SECONDS = 0.02;
/** Opus decoders need 80 ms to settle after a start in mid-stream (RFC 7845, 4.6). */
export const PREROLL_SECONDS = 0.08;

/** Puts the sound of sections one after the other, without a hole. */
export class SoundLayout {
  private readonly builder: TrackBuilder;
  private readonly track: MediaTrack;
  private readonly packetTicks: number;
  private sequence: SampleSequence | null = null;
  private runIndex = 0;
  /** The packets of the sequence from `first` up to, not including, `end` are used. */
  private first = 0;
  private end = 0;
  /** Movie time minus sequence time, in ticks. */
  private shift = 0;
  /** The next packet comes at this time of the movie, in ticks; null before the first. */
  private cursor: number | null = null;
  /** The track begins at this time of the movie, in ticks; its own time counts from there. */
  private origin: number | null = null;
  /** The section is shown from this time on, in ticks of its media timeline. */
  private shownFrom = 0;
  private presentedFrom = 0;

  constructor(payload: FilePayload, track: MediaTrack) {
    this.builder = new TrackBuilder(payload, track);
    this.track = track;
    this.packetTicks = Math.round(OPUS_PACKET_SECONDS * track.timescale);
  }

  /**
   * Chooses the packets of a section's sound; `sequence` is null when it has none.
   * @returns for the first section, where its sound begins, in seconds on its media timeline: not after its pictures, and
   *   early enough for the decoder to settle; undefined for the others
   * @throws RangeError when its timescale differs from that of the sections before
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
    this.end = 0;
    if (sequence !== null) {
      const audible = sequence.findLast((packet) => sequence.start(packet) <= wantedFrom);
      this.first = Math.max(0, audible);
      this.end = sequence.findLast((packet) => sequence.start(packet) < ticks(to)) + 1;
    }
    if (!isFirst) return undefined;
    const firstTime = sequence === null || this.end <= this.first ? wantedFrom : sequence.start(this.first);
    const missing = Math.max(0, Math.ceil((firstTime - wantedFrom) / this.packetTicks));
    this.cursor = firstTime - missing * this.packetTicks;
    return this.cursor / timescale;
  }

  /** Places the chosen packets where the section's pictures are. @param shiftSeconds movie time minus the section's own time */
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
    // An Opus decoder carries over what it heard before: after other sound this packet may come out many times too loud,
    // while after silence it begins quietly. It is left out, and silence takes its place.
    if (this.cursor === before) this.first++;
  }

  /** Moves a later section's sound, by half a packet at most, so that its packets join on to those before without a hole. */
  private alignToPackets(sequence: SampleSequence | null): void {
    if (sequence === null || this.cursor === null) return;
    while (this.first < this.end) {
      const apart = sequence.start(this.first) + this.shift - this.cursor;
      const packets = Math.round(apart / this.packetTicks);
      if (packets >= 0) {
        this.shift += packets * this.packetTicks - apart;
        return;
      }
      this.first++;
    }
  }

  /** Adds the packets of the section's next run that were chosen, with silence where some are missing. */
  add(run: SampleRun): void {
    const { sequence } = this;
    if (sequence === null) return;
    const firstOfRun = sequence.firstOfRun[this.runIndex++] ?? 0;
    const end = Math.min(firstOfRun + run.sizes.length, this.end);
    let begin = Math.max(firstOfRun, this.first);
    while (begin < end) {
      this.fillUpTo((sequence.start(begin) + this.shift) / this.track.timescale);
      let next = begin;
      const samples = [];
      do {
        samples.push({
          decodeTime: this.ownTime(this.cursor),
          compositionOffset: 0,
          sizeBytes: sequence.sizes[next] ?? 0,
          isKey: true,
        });
        this.cursor = (this.cursor ?? 0) + (sequence.durations[next] ?? 0);
        next++;
      } while (next < end && this.missingPackets(sequence.start(next) + this.shift) === 0);
      const offset = run.offset + sequence.bytesBetween(firstOfRun, begin);
      this.builder.addFromFile(run.track, { path: run.path, offset }, samples);
      begin = next;
    }
  }

  /** Adds silence up to a time of the movie, as far as whole packets fit. */
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

  /** Returns how many whole packets fit between the sound so far and a time of the movie, in ticks. */
  private missingPackets(time: number): number {
    // A packet that lacks a tick or two still fits: that is rounding.
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
