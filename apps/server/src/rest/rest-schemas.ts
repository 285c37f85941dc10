import {
  communityReplaySchema,
  communityReplayUpdateInput,
  userQuotaSchema,
  userQuotaUpdateInput,
} from '@hindsight/shared/admin';
import { clipStatusSchema, titleSchema } from '@hindsight/shared/clips/clip';
import { exportOptionsSchema, exportSchema } from '@hindsight/shared/clips/export';
import { pressMomentFields } from '@hindsight/shared/replay/press-moment';
import { messageTargetSchema } from '@hindsight/shared/chat/message';
import { idSchema, isoTimeSchema, trackSidSchema } from '@hindsight/shared/ids';
import { markerLabelSchema } from '@hindsight/shared/replay/marker';
import { captureSecondsSchema } from '@hindsight/shared/replay/lengths';
import {
  captureMinutesSchema,
  pressKeySchema,
  qualitySchema,
  roomSessionSchema,
} from '@hindsight/shared/replay/replay';
import { z } from 'zod';

// The bodies and answers of the endpoints under /livekit-replay, as they were first specified where they were.

export const sessionParams = z.object({ sessionId: idSchema });
export const roomParams = z.object({
  roomName: idSchema.meta({
    description: 'The id of the voice channel, which is also the name of its room.',
  }),
});
export const idParams = z.object({ id: idSchema });

export const startBody = z.object({
  roomName: idSchema,
  videoTrackId: trackSidSchema.meta({ description: 'The SID of the caller’s ScreenShare track.' }),
  audioTrackId: trackSidSchema.nullish(),
  communityId: idSchema.nullish().meta({ description: 'The channel’s community; the channel decides it.' }),
  quality: qualitySchema.default('1080p'),
});

export const restSessionSchema = z
  .object({
    id: idSchema,
    egressId: z.string().nullable(),
    userId: idSchema,
    communityId: idSchema.nullable(),
    roomName: idSchema,
    quality: qualitySchema,
    status: z.enum(['starting', 'active', 'stopped', 'failed']),
    startedAt: isoTimeSchema.nullable(),
    endedAt: isoTimeSchema.nullable(),
  })
  .meta({ id: 'Session' });

export const roomSessionsSchema = z.array(roomSessionSchema.meta({ id: 'RoomSession' }));

export const captureBody = z
  .object({
    sessionId: idSchema,
    durationMinutes: captureMinutesSchema,
    shareOption: z.enum(['dm', 'channel']).nullish(),
    targetChannelId: idSchema
      .nullish()
      .meta({ description: 'The text channel, or the conversation for `dm`.' }),
    title: titleSchema.optional(),
  })
  .refine(({ shareOption, targetChannelId }) => shareOption == null || targetChannelId != null, {
    message: 'is needed with shareOption',
    path: ['targetChannelId'],
  });

export const idempotencyHeaders = z.object({
  'idempotency-key': pressKeySchema
    .optional()
    .meta({ description: 'A press that comes twice under one key becomes one clip.' }),
});

export const capturedSchema = z
  .object({
    clipId: idSchema,
    fileId: idSchema.nullable().meta({ description: 'It is null until the clip can be watched.' }),
    durationSeconds: z.number(),
    sizeBytes: z.number().int(),
    title: z.string(),
    url: z.url().meta({ description: 'The page of the clip.' }),
    isShorterThanAsked: z.boolean(),
  })
  .meta({ id: 'Captured' });

export const pressBody = z
  .strictObject({
    minutes: z.number().positive().max(1440).optional(),
    seconds: captureSecondsSchema.optional(),
    startAfresh: z
      .boolean()
      .optional()
      .meta({ description: 'The next press saves nothing that is older than the end of this clip.' }),
    title: titleSchema.optional(),
    share: messageTargetSchema.optional(),
    pressedAgoMs: pressMomentFields.pressedAgoMs.optional().meta({
      description:
        'How long ago the press was, in milliseconds, where the request could not be sent at once. The clip ends at the press.',
    }),
  })
  .refine(({ minutes, seconds }) => minutes === undefined || seconds === undefined, {
    message: 'is either minutes or seconds',
  });

export const markBody = z.strictObject({ label: markerLabelSchema.optional() });

export const bufferSchema = z
  .object({
    roomName: idSchema,
    isRecording: z.boolean(),
    secondsKept: z.number(),
    windowSeconds: z.number(),
    session: restSessionSchema.nullable(),
  })
  .nullable()
  .meta({ id: 'Buffer' });

export const myClipsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(24),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  communityId: idSchema.optional(),
});

export const restClipSchema = z
  .object({
    id: idSchema,
    userId: idSchema,
    communityId: idSchema.nullable(),
    roomName: idSchema,
    title: z.string(),
    status: clipStatusSchema,
    durationSeconds: z.number(),
    fileId: idSchema.nullable(),
    file: z
      .object({
        id: idSchema,
        filename: z.string(),
        mimeType: z.string(),
        size: z.number().int().meta({
          description:
            'Bytes of the file that is kept. What is fetched in the seconds after a press may have a few more or less: Content-Length says how many.',
        }),
        url: z.url(),
        downloadUrl: z.url(),
      })
      .nullable()
      .meta({ description: 'It is null until the clip can be watched.' }),
    createdAt: isoTimeSchema,
    url: z.url(),
  })
  .meta({ id: 'Clip' });

export const myClipsSchema = z.object({
  clips: z.array(restClipSchema),
  total: z.number().int(),
  hasMore: z.boolean(),
});

export const exportBody = exportOptionsSchema;

export const restExportSchema = exportSchema
  .omit({ options: true, errorDetail: true, downloadUrl: true })
  .extend({
    kind: z.string().meta({ description: 'What was asked for.' }),
    downloadUrl: z.url().nullable().meta({ description: 'It is null until the file is there.' }),
  })
  .meta({ id: 'Export' });

export const restExportsSchema = z.object({ exports: z.array(restExportSchema) });

export const deletedSchema = z.object({
  freedBytes: z.number().int(),
  remainingQuotaBytes: z.number().int(),
});

export const communityConfigSchema = communityReplaySchema.meta({ id: 'CommunityConfig' });
export const communityConfigBody = communityReplayUpdateInput.omit({ communityId: true });
export const quotaAnswerSchema = userQuotaSchema.meta({ id: 'UserQuota' });
export const quotaBody = userQuotaUpdateInput.omit({ userId: true });
