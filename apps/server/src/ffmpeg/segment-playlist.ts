import type { Piece } from '../buffer/piece.ts';
import { ffmpegSeconds } from './ffmpeg-command.ts';

/**
 * Returns a VOD playlist (RFC 8216) of just these pieces, which ffmpeg reads in place. Paths are absolute. Byte ranges
 * limit a piece to its complete bytes, because the file of an open segment goes on growing.
 */
export function vodPlaylist(pieces: readonly Piece[]): string {
  const longestMs = Math.max(...pieces.map((piece) => piece.toMs - piece.fromMs));
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXT-X-TARGETDURATION:${Math.ceil(longestMs / 1000)}`,
  ];
  let initPath: string | null = null;
  for (const piece of pieces) {
    if (piece.initPath !== null && piece.initPath !== initPath)
      lines.push(`#EXT-X-MAP:URI="${piece.initPath}"`);
    initPath = piece.initPath;
    lines.push(
      `#EXTINF:${ffmpegSeconds(piece.toMs - piece.fromMs)},`,
      `#EXT-X-BYTERANGE:${piece.sizeBytes}@0`,
      piece.path,
    );
  }
  lines.push('#EXT-X-ENDLIST', '');
  return lines.join('\n');
}

/** This is a file that ffmpeg's concat demuxer joins with others. */
export interface JoinedFile {
  path: string;
  /** The next file starts this long after this one. */
  durationSeconds: number;
  /** What the file holds from this moment of its own timeline on is left out; null to take all of it. */
  untilSeconds: number | null;
}

/** Returns a script for ffmpeg's concat demuxer, exact to the microsecond. */
export function concatScript(files: readonly JoinedFile[]): string {
  const lines = files.flatMap(({ path, durationSeconds, untilSeconds }) => [
    `file '${path.replaceAll("'", String.raw`'\''`)}'`,
    `duration ${durationSeconds.toFixed(6)}`,
    ...(untilSeconds === null ? [] : [`outpoint ${untilSeconds.toFixed(6)}`]),
  ]);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
