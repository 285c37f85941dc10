import { z } from 'zod';
import { idSchema, isoTimeSchema, trackSidSchema } from '../ids.ts';
import { DAY, MINUTE } from '../units.ts';
import { clipSchema, titleSchema } from '../clips/clip.ts';
import { captureLevelsSchema } from '../clips/clip-voices.ts';
import { captureSecondsSchema } from './lengths.ts';
import { markerSchema } from './marker.ts';
import { messageTargetSchema } from '../chat/message.ts';
import { pressMomentFields } from './press-moment.ts';
import { keptVoiceSchema, voiceStretchSchema } from './voice-consent.ts';

export const qualitySchema = z.enum(['720p', '1080p', '1440p']);
export type Quality = z.infer<typeof qualitySchema>;

/**
 * The sharer's browser publishes with these settings; the recorder does not re-encode. Bitrates are in bit/s, never in kbit/s.
 */
export const QUALITY_PRESETS: Record<
  Quality,
  { width: number; height: number; framesPerSecond: number; bitrateBps: number }
> = {
  '720p': { width: 1280, height: 720, framesPerSecond: 30, bitrateBps: 3_000_000 },
  '1080p': { width: 1920, height: 1080, framesPerSecond: 60, bitrateBps: 6_000_000 },
  '1440p': { width: 2560, height: 1440, framesPerSecond: 30, bitrateBps: 8_000_000 },
};

/** One click captures one of these lengths. */
export const CAPTURE_MINUTES = [1, 2, 5, 10] as const;
export const captureMinutesSchema = z.literal([...CAPTURE_MINUTES]);

const sessionStatusSchema = z.enum(['STARTING', 'ACTIVE', 'STOPPED', 'FAILED']);

export const endReasonSchema = z.enum([
  'STOPPED_BY_USER',
  'STOPPED_BY_ADMIN',
  'SHARE_ENDED',
  'LEFT',
  'CONNECTION_LOST',
  'RECORDER_FAILED',
  'DISK_FULL',
  'SERVER_SHUT_DOWN',
]);
export type EndReason = z.infer<typeof endReasonSchema>;

/** `DEGRADED` means that no new media arrives although the share is on. */
export const healthSchema = z.enum(['OK', 'DEGRADED']);

export const startInput = z.object({
  channelId: idSchema,
  videoTrackSid: trackSidSchema,
  audioTrackSid: trackSidSchema.optional(),
  quality: qualitySchema,
});
export type StartInput = z.infer<typeof startInput>;

export const stopInput = z.object({ sessionId: idSchema });

/** The owner sees a recording session like this. */
export const sessionSchema = z.object({
  id: idSchema,
  channelId: idSchema,
  videoTrackSid: trackSidSchema,
  status: sessionStatusSchema,
  quality: qualitySchema,
  health: healthSchema,
  /** The first frame was recorded at this time; it is null while STARTING. */
  startedAt: isoTimeSchema.nullable(),
  endedAt: isoTimeSchema.nullable(),
  endReason: endReasonSchema.nullable(),
  /** The buffer of an ended session can be captured until then. It is null while the session runs. */
  captureableUntil: isoTimeSchema.nullable(),
});
export type SessionDto = z.infer<typeof sessionSchema>;

/** Everybody in the room sees a running recording like this. */
export const roomSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  quality: qualitySchema,
  startedAt: isoTimeSchema,
  durationMinutes: z.number(),
  health: healthSchema,
  /** These people's voices are kept now, the sharer's own among them. */
  voices: z.array(keptVoiceSchema),
});
export type RoomSession = z.infer<typeof roomSessionSchema>;

export const channelInput = z.object({ channelId: idSchema });

/** This describes the caller's own buffer in one channel, across all its sessions. */
export const myReplaySchema = z.object({
  /** This is the running session, otherwise the newest one that can still be captured. */
  session: sessionSchema.nullable(),
  windowMs: z.number().int(),
  /** These ranges can be captured, in true wall-clock time, oldest first; the spaces between them are gaps. */
  ranges: z.array(z.object({ from: isoTimeSchema, to: isoTimeSchema })),
  /** These are the marked moments of the buffer, oldest first. */
  markers: z.array(markerSchema),
  /** A press saves nothing that is older, because the last one started the buffer afresh; null when none did. */
  freshFrom: isoTimeSchema.nullable(),
  /** The server time of this snapshot lets clients continue from it with their own clock. */
  at: isoTimeSchema,
});
export type MyReplay = z.infer<typeof myReplaySchema>;

/** The sender chooses a key that no other press of theirs has. */
export const pressKeySchema = z.string().regex(/^[\w-]{1,64}$/);

export const captureInput = z
  .object({
    channelId: idSchema,
    lastMinutes: captureMinutesSchema.optional(),
    /** Any length, in place of `lastMinutes`. */
    lastSeconds: captureSecondsSchema.optional(),
    from: isoTimeSchema.optional(),
    to: isoTimeSchema.optional(),
    title: titleSchema.optional(),
    /** The clip is posted there; without a target it stays in the library only. */
    share: messageTargetSchema.optional(),
    /** The clip's sound is mixed at these levels; without them, as it was sent. */
    levels: captureLevelsSchema.optional(),
    /** The next press saves nothing that is older than the end of this clip, unless this clip fails or is removed. */
    startAfresh: z.boolean().optional(),
    ...pressMomentFields,
    /** A press that is sent again under its key, because its answer did not arrive, becomes one clip. */
    pressKey: pressKeySchema.optional(),
  })
  .refine(
    ({ lastMinutes, lastSeconds, from, to }) => {
      const isRange = from !== undefined && to !== undefined;
      const isPartOfRange = from !== undefined || to !== undefined;
      return lastMinutes === undefined && lastSeconds === undefined
        ? isRange
        : !isPartOfRange && (lastMinutes === undefined || lastSeconds === undefined);
    },
    { message: 'needs either lastMinutes, or lastSeconds, or both from and to' },
  )
  .refine((input) => input.from === undefined || input.to === undefined || input.from < input.to, {
    message: 'from must be before to',
  });
export type CaptureInput = z.infer<typeof captureInput>;

export const captureResultSchema = z.object({
  clip: clipSchema,
  /** This is true when less was buffered than was asked for; the clip's `from` and `to` then say what it will contain. */
  isShorterThanAsked: z.boolean(),
  /**
   * The clip's last picture is of this time, when newer ones were lost while the sound went on; null when none is known to be missing.
   */
  lastPictureAt: isoTimeSchema.nullable(),
});
export type CaptureResult = z.infer<typeof captureResultSchema>;

/** `replay.events` yields these for a channel: who is being recorded, and the caller's own buffer. */
export const replayEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('room'), sessions: z.array(roomSessionSchema) }),
  z.object({ type: z.literal('mine'), mine: myReplaySchema }),
]);
export type ReplayEvent = z.infer<typeof replayEventSchema>;

/** Every member of a community may see its past and running recordings like this. */
const recordedSessionSchema = z.object({
  id: idSchema,
  userId: idSchema,
  username: z.string(),
  quality: qualitySchema,
  startedAt: isoTimeSchema,
  /** The end is null while the recording runs. */
  endedAt: isoTimeSchema.nullable(),
  endReason: endReasonSchema.nullable(),
  /** The length is null while the recording runs. */
  durationMs: z.number().int().nullable(),
  /** Whose voices were kept, and when; the earliest comes first. */
  voices: z.array(voiceStretchSchema),
});
export type RecordedSession = z.infer<typeof recordedSessionSchema>;

export const historyInput = z.object({
  channelId: idSchema,
  /** The cursor is the `nextCursor` of the previous page. */
  cursor: idSchema.optional(),
  limit: z.number().int().min(1).max(100).default(30),
});
export type HistoryInput = z.infer<typeof historyInput>;

/** The newest recording comes first. */
export const historySchema = z.object({
  items: z.array(recordedSessionSchema),
  nextCursor: idSchema.nullable(),
});
export type ReplayHistory = z.infer<typeof historySchema>;

/** The record of a recording is kept for this long after it ended. */
export const HISTORY_KEPT_MS = 30 * DAY;

/** By default, this much of the past can be captured. */
export const DEFAULT_WINDOW_MS = 10 * MINUTE;
