import { z } from 'zod';
import { idSchema, isoTimeSchema, trackSidSchema } from './ids.ts';
import { DAY, MINUTE } from './units.ts';
import { clipSchema, titleSchema } from './clip.ts';
import { markerSchema } from './marker.ts';
import { messageTargetSchema } from './message.ts';
import { pressedAgoSchema } from './pressed-ago.ts';

export const qualitySchema = z.enum(['720p', '1080p', '1440p']);
export type Quality = z.infer<typeof qualitySchema>;

/** What the sharer's browser publishes for a quality; the recorder keeps it as it is. Bit/s, never kbit/s. */
export const QUALITY_PRESETS: Record<
  Quality,
  { width: number; height: number; framesPerSecond: number; bitrateBps: number }
> = {
  '720p': { width: 1280, height: 720, framesPerSecond: 30, bitrateBps: 3_000_000 },
  '1080p': { width: 1920, height: 1080, framesPerSecond: 60, bitrateBps: 6_000_000 },
  '1440p': { width: 2560, height: 1440, framesPerSecond: 30, bitrateBps: 8_000_000 },
};

/** The one-click capture lengths. */
export const CAPTURE_MINUTES = [1, 2, 5, 10] as const;
export const captureMinutesSchema = z.literal([...CAPTURE_MINUTES]);
export type CaptureMinutes = z.infer<typeof captureMinutesSchema>;

export const sessionStatusSchema = z.enum(['STARTING', 'ACTIVE', 'STOPPED', 'FAILED']);
export type SessionStatus = z.infer<typeof sessionStatusSchema>;

export const endReasonSchema = z.enum([
  'STOPPED_BY_USER',
  'STOPPED_BY_ADMIN',
  'SHARE_ENDED',
  'LEFT',
  'CONNECTION_LOST',
  'RECORDER_FAILED',
  'SERVER_SHUT_DOWN',
]);
export type EndReason = z.infer<typeof endReasonSchema>;

/** `DEGRADED`: no new media arrives though the share is on. */
export const healthSchema = z.enum(['OK', 'DEGRADED']);
export type Health = z.infer<typeof healthSchema>;

export const startInput = z.object({
  channelId: idSchema,
  videoTrackSid: trackSidSchema,
  audioTrackSid: trackSidSchema.optional(),
  quality: qualitySchema,
});
export type StartInput = z.infer<typeof startInput>;

export const stopInput = z.object({ sessionId: idSchema });

/** The owner's view of a recording session. */
export const sessionSchema = z.object({
  id: idSchema,
  channelId: idSchema,
  status: sessionStatusSchema,
  quality: qualitySchema,
  health: healthSchema,
  /** First recorded frame; null while STARTING. */
  startedAt: isoTimeSchema.nullable(),
  endedAt: isoTimeSchema.nullable(),
  endReason: endReasonSchema.nullable(),
  /** Until when an ended session's buffer can still be captured; null while it runs. */
  captureableUntil: isoTimeSchema.nullable(),
});
export type SessionDto = z.infer<typeof sessionSchema>;

/** Everybody's view of a running recording: the spec's room status. */
export const roomSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  quality: qualitySchema,
  startedAt: isoTimeSchema,
  durationMinutes: z.number(),
  health: healthSchema,
});
export type RoomSession = z.infer<typeof roomSessionSchema>;

export const channelInput = z.object({ channelId: idSchema });

/** The caller's own buffer in one channel, over all its sessions. */
export const myReplaySchema = z.object({
  /** The running session, else the newest one whose grace has not run out. */
  session: sessionSchema.nullable(),
  windowMs: z.number().int(),
  /** What is captureable, as true wall-clock time, oldest first; the spaces between are gaps. */
  ranges: z.array(z.object({ from: isoTimeSchema, to: isoTimeSchema })),
  /** Marked moments in it, oldest first. */
  markers: z.array(markerSchema),
  /** Server time of this snapshot, so that clients can count on from it with their own clock. */
  at: isoTimeSchema,
});
export type MyReplay = z.infer<typeof myReplaySchema>;

export const captureInput = z
  .object({
    channelId: idSchema,
    lastMinutes: captureMinutesSchema.optional(),
    from: isoTimeSchema.optional(),
    to: isoTimeSchema.optional(),
    title: titleSchema.optional(),
    /** Where to post it; without, it stays in the library. */
    share: messageTargetSchema.optional(),
    /** Milliseconds between the press and this call, by the client's monotonic clock. */
    pressedAgoMs: pressedAgoSchema.default(0),
  })
  .refine(
    ({ lastMinutes, from, to }) =>
      lastMinutes === undefined
        ? from !== undefined && to !== undefined
        : from === undefined && to === undefined,
    { message: 'needs either lastMinutes, or both from and to' },
  )
  .refine((input) => input.from === undefined || input.to === undefined || input.from < input.to, {
    message: 'from must be before to',
  });
export type CaptureInput = z.infer<typeof captureInput>;

export const captureResultSchema = z.object({
  clip: clipSchema,
  /** True when less than what was asked for was buffered; the clip's from/to tell what it'll get. */
  isShorterThanAsked: z.boolean(),
});
export type CaptureResult = z.infer<typeof captureResultSchema>;

/** What `replay.events` yields for a channel: who is recorded, and the caller's own buffer. */
export const replayEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('room'), sessions: z.array(roomSessionSchema) }),
  z.object({ type: z.literal('mine'), mine: myReplaySchema }),
]);
export type ReplayEvent = z.infer<typeof replayEventSchema>;

/** A recording that was or is made in a channel, as every member of its community may look up. */
export const recordedSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  quality: qualitySchema,
  startedAt: isoTimeSchema,
  /** Null while it runs. */
  endedAt: isoTimeSchema.nullable(),
  endReason: endReasonSchema.nullable(),
  /** Null while it runs. */
  durationMs: z.number().int().nullable(),
});
export type RecordedSession = z.infer<typeof recordedSessionSchema>;

export const historyInput = z.object({
  channelId: idSchema,
  /** The `nextCursor` of the page before. */
  cursor: idSchema.optional(),
  limit: z.number().int().min(1).max(100).default(30),
});
export type HistoryInput = z.infer<typeof historyInput>;

/** Newest first. */
export const historySchema = z.object({
  items: z.array(recordedSessionSchema),
  nextCursor: idSchema.nullable(),
});
export type ReplayHistory = z.infer<typeof historySchema>;

/** How long the record of a recording is kept after its end. */
export const HISTORY_KEPT_MS = 30 * DAY;

/** Default window: what can be captured of the past. */
export const DEFAULT_WINDOW_MS = 10 * MINUTE;
