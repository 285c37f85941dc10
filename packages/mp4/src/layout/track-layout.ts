import type { ClipLayout } from './clip-layout.ts';
import { FilePayload } from '../tables/payload.ts';
import { movieHead } from '../boxes/movie-header.ts';
import type { FileSample, FileTrack } from '../tables/movie-tracks.ts';
import { TrackBuilder } from '../tables/track-builder.ts';

/** The tracks alternate in the file after this much time, because players read both at once. */
const CHUNK_SECONDS = 0.5;

/**
 * Lays tracks out as one MP4. Their samples may lie in several other MP4s, even those of one track. The clip lasts as long as
 * the video is presented.
 * @param sounds the first one is what players play unless they are told otherwise
 * @param recordedAtMs the true time of the start, in epoch ms; null when nobody needs it
 */
export function layOutTracks(
  video: FileTrack,
  sounds: readonly FileTrack[],
  recordedAtMs: number | null = null,
): ClipLayout {
  const payload = new FilePayload();
  const pictures = new TrackCopy(video, payload);
  const others = sounds.map((sound) => new TrackCopy(sound, payload));
  while (!pictures.isDone) {
    pictures.copyChunk();
    for (const packets of others) packets.copyUpTo(pictures.presentedSeconds);
  }
  for (const packets of others) packets.copyUpTo(Number.POSITIVE_INFINITY);
  const { timescale } = video;
  const duration = video.end - video.presentedFrom;
  const tracks = [pictures.finish(), ...others.map((packets) => packets.finish())];
  const head = movieHead(tracks, { timescale, duration, recordedAtMs, payloadBytes: payload.sizeBytes });
  return {
    head,
    parts: payload.parts,
    sizeBytes: head.length + payload.sizeBytes,
    durationSeconds: duration / timescale,
  };
}

/** Copies one track's samples, chunk by chunk, into the payload that both tracks share. */
class TrackCopy {
  private readonly track: FileTrack;
  private readonly builder: TrackBuilder;
  private next = 0;

  constructor(track: FileTrack, payload: FilePayload) {
    this.track = track;
    this.builder = new TrackBuilder(payload, track);
  }

  get isDone(): boolean {
    return this.next >= this.track.samples.length;
  }

  /** What has been copied so far ends at this time of the presentation. */
  get presentedSeconds(): number {
    const { samples, end, presentedFrom, timescale } = this.track;
    return ((samples[this.next]?.decodeTime ?? end) - presentedFrom) / timescale;
  }

  /** Copies samples that lie next to each other, up to the length of a chunk. */
  copyChunk(): void {
    const { samples, timescale } = this.track;
    const first = samples[this.next];
    if (first === undefined) return;
    const chunk: FileSample[] = [];
    let offset = first.offset;
    for (let sample: FileSample | undefined = first; sample !== undefined; sample = samples[this.next]) {
      const isLong = sample.decodeTime - first.decodeTime >= CHUNK_SECONDS * timescale;
      const isNext =
        sample.path === first.path && sample.offset === offset && sample.sampleEntry === first.sampleEntry;
      if (isLong || !isNext) break;
      chunk.push(sample);
      offset += sample.sizeBytes;
      this.next++;
    }
    const { path, sampleEntry } = first;
    this.builder.addFromFile({ ...this.track, sampleEntry }, { path, offset: first.offset }, chunk);
  }

  copyUpTo(seconds: number): void {
    while (!this.isDone && this.presentedSeconds < seconds) this.copyChunk();
  }

  finish() {
    return this.builder.finish(this.track);
  }
}
