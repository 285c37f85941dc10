import { movieHead } from '../boxes/movie-header.ts';
import { OPUS_RATE } from '../fragments/track-rates.ts';
import { FilePayload } from '../tables/payload.ts';
import { TrackBuilder } from '../tables/track-builder.ts';
import type { ClipLayout } from './clip-layout.ts';
import { OPUS_TRACK } from './mixed-sound.ts';
import { SILENT_OPUS_PACKET } from './sound-layout.ts';

/** A packet of Opus. Times are samples of 48 kHz. */
interface SoundPacket {
  at: number;
  /** It is said to last this long. */
  samples: number;
  payload: Uint8Array;
}

/** A sound becomes a track of its own. */
export interface SeparateSound {
  /** The track has no name unless given. */
  name?: string;
  /** The packets are in the order of time. Those that overlap others before them are left out. */
  packets: readonly SoundPacket[];
}

/** A silent packet lasts this long. */
const SILENCE_TICKS = 960;
/** The tracks alternate in the file after this much time. */
const CHUNK_TICKS = OPUS_RATE / 2;

/**
 * Lays sounds out as an MP4 without pictures, each in a track of its own. All tracks begin at 0, are presented from
 * `presentedFrom` on and end at `end`. Where a sound has no packets, there are silent ones, because players handle holes badly.
 * @param recordedAtMs the true time of what is presented first, in epoch ms
 */
export function layOutSounds(
  sounds: readonly SeparateSound[],
  { presentedFrom, end, recordedAtMs }: { presentedFrom: number; end: number; recordedAtMs: number },
): ClipLayout {
  const payload = new FilePayload();
  const tracks = sounds.map(({ name, packets }) => ({
    builder: new TrackBuilder(payload, { ...OPUS_TRACK, ...(name === undefined ? {} : { name }) }),
    packets: withoutHoles(packets, end),
    next: 0,
  }));
  for (let chunkEnd = CHUNK_TICKS; chunkEnd < end + CHUNK_TICKS; chunkEnd += CHUNK_TICKS) {
    for (const track of tracks) {
      const first = track.next;
      while ((track.packets[track.next]?.at ?? chunkEnd) < chunkEnd) track.next++;
      const chunk = track.packets.slice(first, track.next);
      if (chunk.length === 0) continue;
      const samples = chunk.map(({ at, payload: { length } }) => ({
        decodeTime: at,
        compositionOffset: 0,
        sizeBytes: length,
        isKey: true,
      }));
      track.builder.addBytes(OPUS_TRACK, Buffer.concat(chunk.map((packet) => packet.payload)), samples);
    }
  }
  const duration = end - presentedFrom;
  const head = movieHead(
    tracks.map(({ builder }) => builder.finish({ presentedFrom, end })),
    { timescale: OPUS_RATE, duration, recordedAtMs, payloadBytes: payload.sizeBytes },
  );
  return {
    head,
    parts: payload.parts,
    sizeBytes: head.length + payload.sizeBytes,
    durationSeconds: duration / OPUS_RATE,
  };
}

/** Fills the time up to `end` with the packets that fit into it, and silence. */
function withoutHoles(packets: readonly SoundPacket[], end: number): SoundPacket[] {
  const placed: SoundPacket[] = [];
  let cursor = 0;
  const fillUpTo = (time: number) => {
    for (; cursor + SILENCE_TICKS <= time; cursor += SILENCE_TICKS)
      placed.push({ at: cursor, samples: SILENCE_TICKS, payload: SILENT_OPUS_PACKET });
  };
  for (const packet of packets) {
    // A track begins at 0, so a packet shortly behind that has nothing before it that could last longer.
    const isFirst = placed.length === 0 && packet.at > 0 && packet.at < SILENCE_TICKS;
    if (packet.at < cursor || packet.at >= end || isFirst) continue;
    fillUpTo(packet.at);
    placed.push(packet);
    cursor = packet.at + packet.samples;
  }
  fillUpTo(end);
  return placed;
}
