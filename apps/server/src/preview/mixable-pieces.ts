import { BrokenSegmentError, readInitTracks } from '@hindsight/mp4/fragments/init-tracks';
import { hasCode } from '@hindsight/shared/error-code';
import type { Piece, Timeline } from '../buffer/piece.ts';
import { COPYABLE_SAMPLE_ENTRIES } from '../capture/plan/clip-plan.ts';

/**
 * Returns a function that says whether voices can be mixed into a clip with a piece. Only the sound of clips that are laid out is mixed; what
 * ffmpeg makes has the share's sound alone: MPEG-TS of LiveKit Egress, and codecs other than H.264.
 */
export async function mixablePieces(pieces: Timeline): Promise<(piece: Piece) => boolean> {
  const inits = [...new Set(pieces.flatMap(({ initPath }) => initPath ?? []))];
  const areMixable = new Map(
    await Promise.all(inits.map(async (path): Promise<[string, boolean]> => [path, await isMixable(path)])),
  );
  return ({ initPath }) => initPath !== null && (areMixable.get(initPath) ?? true);
}

async function isMixable(initPath: string): Promise<boolean> {
  try {
    const tracks = await readInitTracks(initPath);
    return tracks.every(({ kind, codec }) => kind !== 'video' || COPYABLE_SAMPLE_ENTRIES.has(codec));
  } catch (error) {
    // Retention may have deleted the file meanwhile, and what is broken isn't in a clip.
    if (error instanceof BrokenSegmentError || hasCode(error, 'ENOENT')) return true;
    throw error;
  }
}
