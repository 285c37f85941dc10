import { z } from 'zod';
import { idSchema, isoTimeSchema } from './ids.ts';
import { markerSchema } from './marker.ts';

const spanSchema = z.object({ from: isoTimeSchema, to: isoTimeSchema });

/** Names a piece of a buffer: `{session}/{file}`, as the server listed it. */
export const pieceKeySchema = z.string().max(120);

/** A few seconds of a buffer. */
export const previewPieceSchema = spanSchema.extend({
  key: pieceKeySchema,
  /** What it takes of the quota in a clip: its media, and its share of the clip's index. */
  sizeBytes: z.number().int(),
  /** Until when it can be saved; later, if its recording ends before that. */
  keptUntil: isoTimeSchema,
});
export type PreviewPiece = z.infer<typeof previewPieceSchema>;

/** The caller's buffer in a channel as it is at one moment; nothing in it changes while a dialog shows it. */
export const previewSchema = spanSchema.extend({
  /** Server time of the snapshot. */
  at: isoTimeSchema,
  /** What is there, oldest first; the spaces between are gaps. */
  ranges: z.array(spanSchema),
  gaps: z.array(spanSchema),
  pieces: z.array(previewPieceSchema),
  markers: z.array(markerSchema),
  /** Path of the HLS playlist of exactly these pieces. */
  playlistUrl: z.string(),
  /** Path of the folder that a piece's `{key}/still.jpg` is in. */
  piecesUrl: z.string(),
  availableQuotaBytes: z.number().int(),
});
export type Preview = z.infer<typeof previewSchema>;

/** How long each loudness value of a piece stands for. */
export const PEAK_MS = 100;
export const MAX_PIECES_AT_ONCE = 16;

export const peaksInput = z.object({
  channelId: idSchema,
  keys: z.array(pieceKeySchema).min(1).max(MAX_PIECES_AT_ONCE),
});

export const peaksSchema = z.array(
  z.object({
    key: pieceKeySchema,
    /** From the piece's start on, one for each `PEAK_MS`, 0 (silence) to 100; empty without sound; null when the piece is gone or can't be read. */
    peaks: z.array(z.number().int()).nullable(),
  }),
);
export type PiecePeaks = z.infer<typeof peaksSchema>[number];
