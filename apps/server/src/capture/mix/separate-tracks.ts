import { readFile } from 'node:fs/promises';
import { layOutSounds, type SeparateSound } from '@hindsight/mp4/layout/separate-sounds';
import type { ClipLayout } from '@hindsight/mp4/layout/clip-layout';
import { MIX_PACKET_TICKS } from '@hindsight/mp4/layout/mixed-sound';
import { PREROLL_SECONDS, SILENT_OPUS_PACKET } from '@hindsight/mp4/layout/sound-layout';
import { OPUS_RATE } from '@hindsight/mp4/fragments/track-rates';
import { readMovieTracks } from '@hindsight/mp4/tables/movie-tracks';
import { opusPacketSamples } from '@hindsight/recorder/codecs/opus';
import { gainOf, type GainsDb } from './gains.ts';
import type { MixSource, SourcePacket } from './mix-packets.ts';
import type { OwnedSource } from './mix-sources.ts';

/** The track with the share's own sound has this name in the file of separate tracks. A voice's has the id of its owner. */
export const SHARE_TRACK = 'share';

/** A track of a file of separate tracks, without the silence that fills its holes. Times are samples of 48 kHz. */
export interface SeparateTrack {
  /** Whose voice it is; null for the share's own sound. */
  userId: string | null;
  packets: SourcePacket[];
  /** The clip begins at this time. */
  presentedFrom: number;
  end: number;
}

/**
 * Sorts what a clip's sound is mixed of into tracks: the share's, then those of people, in the order of their ids. Whoever has
 * several microphones at once has as many tracks.
 */
export function separateSounds(sources: readonly OwnedSource[]): SeparateSound[] {
  const tracks = new Map<string, SourcePacket[]>();
  const sections = Map.groupBy(sources, ({ from }) => from);
  for (const [from, section] of [...sections].toSorted(([a], [b]) => a - b)) {
    const counts = new Map<string, number>();
    for (const { userId, to, packets } of section) {
      const name = userId ?? SHARE_TRACK;
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      const key = `${name} ${count}`;
      const track = tracks.get(key) ?? [];
      tracks.set(key, track);
      // A decoder carries over what it heard, which is too loud behind a gap. A packet of silence ends it.
      const begin = track.length === 0 ? from : from + MIX_PACKET_TICKS;
      for (const packet of packets) if (packet.at >= begin && packet.at < to) track.push(packet);
    }
  }
  const names = [...tracks.keys()].toSorted();
  const ofShare = names.filter((name) => name.startsWith(`${SHARE_TRACK} `));
  return [...new Set([...ofShare, ...names])].map((key) => ({
    name: key.slice(0, key.lastIndexOf(' ')),
    packets: tracks.get(key) ?? [],
  }));
}

/**
 * Reads a file of separate tracks.
 * @throws BrokenMovieError; the file system's error when the file is gone
 */
export async function readSeparateTracks(path: string): Promise<SeparateTrack[]> {
  const [movie, bytes] = await Promise.all([readMovieTracks(path), readFile(path)]);
  return movie.map(({ name = '', samples, presentedFrom, end }) => ({
    userId: name === SHARE_TRACK ? null : name,
    packets: samples.flatMap(({ decodeTime, offset, sizeBytes }, index) => {
      const payload = bytes.subarray(offset, offset + sizeBytes);
      if (payload.equals(SILENT_OPUS_PACKET)) return [];
      const toNext = (samples[index + 1]?.decodeTime ?? end) - decodeTime;
      return [{ at: decodeTime, samples: opusPacketSamples(payload) ?? toNext, payload }];
    }),
    presentedFrom,
    end,
  }));
}

/** Cuts a range out of separate tracks. @param range in seconds of the clip */
export function cutSeparateTracks(
  tracks: readonly SeparateTrack[],
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
  recordedAtMs: number,
): ClipLayout {
  const origin = tracks[0]?.presentedFrom ?? 0;
  const from = origin + Math.round(fromSeconds * OPUS_RATE);
  // Decoders need a moment to settle.
  const begin = Math.max(0, from - Math.round(PREROLL_SECONDS * OPUS_RATE));
  const end = Math.min(origin + Math.round(toSeconds * OPUS_RATE), tracks[0]?.end ?? 0);
  return layOutSounds(
    tracks.map(({ userId, packets }) => ({
      name: userId ?? SHARE_TRACK,
      packets: packets.flatMap((packet) =>
        packet.at >= begin && packet.at < end ? { ...packet, at: packet.at - begin } : [],
      ),
    })),
    { presentedFrom: from - begin, end: end - begin, recordedAtMs },
  );
}

/** What a clip's sound is to be mixed of anew. */
export interface NewMix {
  /** Whose voices are left out. */
  omitted: ReadonlySet<string>;
  gainsDb: GainsDb;
}

/** Returns the sources of a new mix of separate tracks. */
export function sourcesOf(tracks: readonly SeparateTrack[], { omitted, gainsDb }: NewMix): MixSource[] {
  return tracks.flatMap(({ userId, packets, end }) =>
    userId !== null && omitted.has(userId)
      ? []
      : [{ from: 0, to: end, packets, gain: gainOf(gainsDb.get(userId) ?? 0) }],
  );
}

/** Lays separate tracks out without those of some people. */
export function withoutVoices(
  tracks: readonly SeparateTrack[],
  omitted: NewMix['omitted'],
  recordedAtMs: number,
): ClipLayout {
  return layOutSounds(
    tracks.flatMap(({ userId, packets }) =>
      userId !== null && omitted.has(userId) ? [] : [{ name: userId ?? SHARE_TRACK, packets }],
    ),
    { presentedFrom: tracks[0]?.presentedFrom ?? 0, end: tracks[0]?.end ?? 0, recordedAtMs },
  );
}
