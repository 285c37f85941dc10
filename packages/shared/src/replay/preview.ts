import { z } from 'zod';
import { idSchema, isoTimeSchema } from '../ids.ts';
import { MINUTE } from '../units.ts';
import { markerSchema } from './marker.ts';

const spanSchema = z.object({ from: isoTimeSchema, to: isoTimeSchema });

/** A key names a segment of a buffer: `{session}/{file}`, as the server listed it. */
const pieceKeySchema = z.string().max(120);

/** A preview piece is one segment, which is a few seconds of a buffer. */
const previewPieceSchema = spanSchema.extend({
  key: pieceKeySchema,
  /** The segment needs this much of the quota in a clip: its media, and its share of the clip's index. */
  sizeBytes: z.number().int(),
  /** The segment can be saved at least until then, and longer if its recording ends earlier. */
  keptUntil: isoTimeSchema,
  /** Voices can be mixed into a clip with the segment. Otherwise the clip has the share's sound alone. */
  isMixable: z.boolean(),
});
export type PreviewPiece = z.infer<typeof previewPieceSchema>;

/** A preview is the caller's buffer in a channel at one moment; it does not change while a dialog shows it. */
export const previewSchema = spanSchema.extend({
  /** The snapshot was taken at this server time. */
  at: isoTimeSchema,
  /** These ranges are buffered, oldest first; the spaces between them are gaps. */
  ranges: z.array(spanSchema),
  gaps: z.array(spanSchema),
  pieces: z.array(previewPieceSchema),
  markers: z.array(markerSchema),
  /** The HLS playlist at this path lists exactly these segments. */
  playlistUrl: z.string(),
  /** The folder at this path contains `{key}/still.jpg` for each segment. */
  piecesUrl: z.string(),
  availableQuotaBytes: z.number().int(),
});
export type Preview = z.infer<typeof previewSchema>;

/** Each loudness value covers this much of a segment. */
export const PEAK_MS = 100;
export const MAX_PIECES_AT_ONCE = 16;

export const peaksInput = z.object({
  channelId: idSchema,
  keys: z.array(pieceKeySchema).min(1).max(MAX_PIECES_AT_ONCE),
});

export const peaksSchema = z.array(
  z.object({
    key: pieceKeySchema,
    /**
     * There is one value for each `PEAK_MS` from the segment's start, 0 (silence) to 100. The list is empty without sound, and
     * null when the segment is gone or cannot be read.
     */
    peaks: z.array(z.number().int()).nullable(),
  }),
);
export type PiecePeaks = z.infer<typeof peaksSchema>[number];

/** At most so much of the voices' loudness is asked for at once. */
export const MAX_VOICE_PEAKS_MS = MINUTE;

export const voicePeaksInput = z
  .object({ channelId: idSchema, from: isoTimeSchema, to: isoTimeSchema })
  .refine(({ from, to }) => isStretch(Date.parse(to) - Date.parse(from)), {
    message: `the end must be after the start, by at most ${MAX_VOICE_PEAKS_MS} ms`,
    path: ['to'],
  });
export type VoicePeaksInput = z.infer<typeof voicePeaksInput>;

function isStretch(lengthMs: number): boolean {
  return lengthMs > 0 && lengthMs <= MAX_VOICE_PEAKS_MS;
}

export const voicePeaksSchema = z.array(
  z.object({
    userId: idSchema,
    username: z.string(),
    isMine: z.boolean(),
    /** There is one value for each `PEAK_MS` from the start of what was asked for, 0 (silence) to 100. */
    peaks: z.array(z.number().int()),
  }),
);
export type VoicePeaks = z.infer<typeof voicePeaksSchema>[number];
