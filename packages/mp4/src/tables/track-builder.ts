import type { MovieTrack } from '../boxes/movie-header.ts';
import type { FilePayload } from './payload.ts';
import { RunLengths } from './run-lengths.ts';
import type { MediaTrack } from '../fragments/init-tracks.ts';

/** This is a sample of a file that goes into a movie. Times are ticks of its track. */
export interface PlacedSample {
  decodeTime: number;
  compositionOffset: number;
  sizeBytes: number;
  isKey: boolean;
}

/** The properties of a track that a movie keeps. */
type TrackKind = Pick<MediaTrack, 'kind' | 'timescale' | 'codec' | 'width' | 'height'> &
  Pick<MovieTrack, 'name'>;

type DescribedTrack = TrackKind & Pick<MediaTrack, 'sampleEntry'>;

/** Puts the samples of one track together. Their bytes go into a payload that all tracks of the movie share. */
export class TrackBuilder {
  private readonly payload: FilePayload;
  private readonly movieTrack: Omit<MovieTrack, 'durations' | 'compositionOffsets' | 'end' | 'presentedFrom'>;
  private readonly durations = new RunLengths();
  private readonly compositionOffsets = new RunLengths();
  /** The decode time of the last sample; null before the first. */
  private lastTime: number | null = null;
  /** The last chunk's sample entry as it was given, and its number in the movie. */
  private lastEntry: { sampleEntry: Buffer; number: number } | null = null;

  constructor(payload: FilePayload, track: TrackKind) {
    this.payload = payload;
    this.movieTrack = {
      kind: track.kind,
      timescale: track.timescale,
      ...(track.name === undefined ? {} : { name: track.name }),
      width: track.width,
      height: track.height,
      sampleEntries: [],
      chunks: [],
      sizes: [],
      keys: [],
      rollPackets: ROLL_PACKETS[track.codec] ?? 0,
    };
  }

  /** Adds samples that lie next to each other in a file, from `offset` on. */
  addFromFile(
    track: DescribedTrack,
    place: { path: string; offset: number },
    samples: readonly PlacedSample[],
  ): void {
    const sizeBytes = this.addChunk(track, samples);
    this.payload.addRange({ ...place, length: sizeBytes });
  }

  /** Adds samples whose bytes are given. */
  addBytes(track: DescribedTrack, bytes: Buffer, samples: readonly PlacedSample[]): void {
    this.addChunk(track, samples);
    this.payload.addBytes(bytes);
  }

  /**
   * Returns the track. It is presented from `presentedFrom` on and ends at `end`, or one tick after its last sample's decode
   * time if that is later.
   */
  finish({ presentedFrom, end }: { presentedFrom: number; end: number }): MovieTrack {
    const lastTime = this.lastTime ?? 0;
    const trackEnd = Math.max(end, lastTime + 1);
    if (this.lastTime !== null) this.durations.add(trackEnd - lastTime);
    return {
      ...this.movieTrack,
      durations: this.durations.pairs,
      compositionOffsets: this.compositionOffsets.pairs,
      presentedFrom,
      end: trackEnd,
    };
  }

  private addChunk(track: DescribedTrack, samples: readonly PlacedSample[]): number {
    const { chunks, sizes, keys } = this.movieTrack;
    chunks.push({
      offset: this.payload.sizeBytes,
      sampleCount: samples.length,
      entry: this.entryNumberOf(track),
    });
    let sizeBytes = 0;
    for (const sample of samples) {
      if (this.lastTime !== null) this.durations.add(sample.decodeTime - this.lastTime);
      this.lastTime = sample.decodeTime;
      this.compositionOffsets.add(sample.compositionOffset);
      sizes.push(sample.sizeBytes);
      if (sample.isKey) keys.push(sizes.length);
      sizeBytes += sample.sizeBytes;
    }
    return sizeBytes;
  }

  private entryNumberOf(track: DescribedTrack): number {
    if (this.lastEntry?.sampleEntry === track.sampleEntry) return this.lastEntry.number;
    const number = this.findOrAddEntry(track);
    this.lastEntry = { sampleEntry: track.sampleEntry, number };
    return number;
  }

  private findOrAddEntry(track: DescribedTrack): number {
    const { sampleEntries } = this.movieTrack;
    const entry = track.codec === 'Opus' ? withoutPreSkip(track.sampleEntry) : track.sampleEntry;
    const known = sampleEntries.findIndex((candidate) => candidate.equals(entry));
    if (known >= 0) return known + 1;
    if (track.width * track.height > this.movieTrack.width * this.movieTrack.height) {
      this.movieTrack.width = track.width;
      this.movieTrack.height = track.height;
    }
    return sampleEntries.push(entry);
  }
}

/**
 * A decoder needs this many packets before a start: Opus 80 ms to settle (RFC 7845, 4.6), which are four packets of 20 ms;
 * AAC one, because each packet overlaps the one before it.
 */
const ROLL_PACKETS: Partial<Record<string, number>> = { Opus: 4, mp4a: 1 };
const PRE_SKIP_OFFSET = 6;

/**
 * Sets the pre-skip of an Opus sample entry to 0. A clip starts in mid-stream, and its edit list alone says what is skipped:
 * with a pre-skip besides, Chromium plays the audio 6.5 ms early.
 */
function withoutPreSkip(sampleEntry: Buffer): Buffer {
  const at = sampleEntry.indexOf('dOps');
  if (at < 0) return sampleEntry;
  const entry = Buffer.from(sampleEntry);
  entry.writeUInt16BE(0, at + PRE_SKIP_OFFSET);
  return entry;
}
