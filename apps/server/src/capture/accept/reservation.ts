import { KiB, SECOND } from '@hindsight/shared/units';
import { moovUpperBound } from '@hindsight/mp4/tables/moov-upper-bound';
import { MIX_PACKET_BYTES } from '../mix/opus-codec.ts';
import type { Piece } from '../../buffer/piece.ts';
import type { Selection } from '../plan/selection.ts';

/** The size of the index is estimated with the highest frame rate of a share, and Opus packets of 20 ms. */
const FRAMES_PER_SECOND = 60;
const AUDIO_PACKETS_PER_SECOND = 50;
/** The tail that isn't readable yet may take this many times the average bitrate. */
const TAIL_FACTOR = 3;
const MIN_TAIL_BYTES = 512 * KiB;

/**
 * Returns an upper bound for the size of a clip's file: all bytes of its pieces (the first one's lead-in stays in the
 * file), the index, and an estimate for a tail that isn't readable yet.
 */
export function reservationBytes(selection: Selection, tailMs: number): number {
  const pieces = selection.runs.flatMap((run) => run.pieces);
  const mediaBytes = pieces.reduce((sum, piece) => sum + piece.sizeBytes, 0);
  const mediaMs = pieces.reduce((sum, piece) => sum + piece.toMs - piece.fromMs, 0);
  const tailBytes =
    tailMs === 0 ? 0 : Math.max(MIN_TAIL_BYTES, (TAIL_FACTOR * tailMs * mediaBytes) / mediaMs);
  return Math.ceil(mediaBytes + tailBytes + indexBytes(mediaMs + tailMs));
}

/** Returns how much more a clip needs whose sound is mixed, beside what its pieces need. */
export function mixReservationBytes(durationMs: number): number {
  return Math.ceil((durationMs / SECOND + 1) * AUDIO_PACKETS_PER_SECOND) * MIX_PACKET_BYTES;
}

/** Returns a piece's part of that bound. The sum over some pieces is never less than the bound of a clip made of them. */
export function pieceReservationBytes({ sizeBytes, fromMs, toMs }: Piece): number {
  return Math.ceil(sizeBytes + indexBytes(toMs - fromMs));
}

function indexBytes(mediaMs: number): number {
  const seconds = mediaMs / SECOND;
  return moovUpperBound({
    video: seconds * FRAMES_PER_SECOND,
    audio: seconds * AUDIO_PACKETS_PER_SECOND,
  });
}
