import { clipJoinInput } from '@hindsight/shared/clips/clip';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { OwnBuffers } from './own-buffers.ts';
import { CAPTURE_ANSWERS, toCaptured, toRestClip, toRestSession } from './rest-answers.ts';
import type { RestApi } from './rest-api.ts';
import { answer, failures } from './rest-errors.ts';
import type { RestRequests } from './rest-request.ts';
import {
  captureBody,
  deletedSchema,
  idempotencyHeaders,
  idParams,
  myClipsQuery,
  myClipsSchema,
  restClipSchema,
  restSessionSchema,
  roomParams,
  roomSessionsSchema,
  sessionParams,
  startBody,
} from './rest-schemas.ts';

export interface ReplayRoutesDependencies {
  requests: RestRequests<RestApi>;
  buffers: OwnBuffers;
  /** Returns where people open the app. */
  originOf: (request: FastifyRequest) => string;
}

/** Adds the endpoints that record, save and keep clips. */
export function replayRoutes(app: FastifyInstance, dependencies: ReplayRoutesDependencies): void {
  const { requests, buffers, originOf } = dependencies;
  const rest = app.withTypeProvider<ZodTypeProvider>();

  rest.post(
    '/start',
    {
      schema: {
        operationId: 'start',
        tags: ['recording'],
        summary: 'Start to record my screen share',
        body: startBody,
        response: {
          201: answer('The recording', restSessionSchema),
          ...failures(
            ...([
              'NOT_FOUND',
              'REPLAY_DISABLED',
              'NOT_SHARING',
              'TRACKS_NOT_YOURS',
              'ALREADY_ACTIVE',
            ] as const),
            ...(['COMMUNITY_LIMIT_REACHED', 'QUOTA_EXCEEDED', 'DISK_LOW'] as const),
            ...(['RECORDER_UNAVAILABLE', 'RECORDER_BUSY', 'LIVEKIT_UNAVAILABLE'] as const),
          ),
        },
      },
    },
    async (request, reply) => {
      const { roomName, videoTrackId, audioTrackId, quality } = request.body;
      const { id } = await requests.apiOf(request, reply).replay.start({
        channelId: roomName,
        videoTrackSid: videoTrackId,
        ...(audioTrackId == null ? {} : { audioTrackSid: audioTrackId }),
        quality,
      });
      const session = await buffers.session(requests.userOf(request).id, id);
      return reply.code(201).send(toRestSession(session));
    },
  );

  rest.post(
    '/stop/:sessionId',
    {
      schema: {
        operationId: 'stop',
        tags: ['recording'],
        summary: 'Stop my recording',
        description: 'What is buffered can still be saved for the grace time.',
        params: sessionParams,
        response: {
          200: answer('The recording', restSessionSchema),
          ...failures('NOT_FOUND', 'SESSION_NOT_ACTIVE', 'RECORDER_UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const { id } = await requests.apiOf(request, reply).replay.stop(request.params);
      return reply.send(toRestSession(await buffers.session(requests.userOf(request).id, id)));
    },
  );

  rest.post(
    '/capture',
    {
      config: { keys: ['PRESS'] },
      schema: {
        operationId: 'capture',
        tags: ['clips'],
        summary: 'Save the last 1, 2, 5 or 10 minutes of a session of mine',
        headers: idempotencyHeaders,
        body: captureBody,
        response: CAPTURE_ANSWERS,
      },
    },
    async (request, reply) => {
      const { sessionId, durationMinutes, shareOption, targetChannelId, title } = request.body;
      const { roomName } = await buffers.session(requests.userOf(request).id, sessionId);
      const pressKey = request.headers['idempotency-key'];
      const captured = await requests.apiOf(request, reply).replay.capture({
        channelId: roomName,
        lastMinutes: durationMinutes,
        ...(title === undefined ? {} : { title }),
        ...(shareOption == null || targetChannelId == null
          ? {}
          : {
              share:
                shareOption === 'dm' ? { conversationId: targetChannelId } : { channelId: targetChannelId },
            }),
        ...(pressKey === undefined ? {} : { pressKey }),
      });
      const file = captured.clip.status === 'READY' ? await buffers.files([captured.clip.id]) : undefined;
      const row = file?.get(captured.clip.id)?.file ?? null;
      return reply.code(201).send(toCaptured(captured, row, originOf(request)));
    },
  );

  rest.get(
    '/status/:roomName',
    {
      schema: {
        operationId: 'status',
        tags: ['recording'],
        summary: 'Who is being recorded in a room',
        params: roomParams,
        response: { 200: answer('The running recordings', roomSessionsSchema), ...failures('NOT_FOUND') },
      },
    },
    async (request, reply) =>
      reply.send(await requests.apiOf(request, reply).replay.status({ channelId: request.params.roomName })),
  );

  rest.get(
    '/my-clips',
    {
      config: { keys: ['READ'] },
      schema: {
        operationId: 'myClips',
        tags: ['clips'],
        summary: 'My clips, the newest first',
        querystring: myClipsQuery,
        response: { 200: answer('A page of clips', myClipsSchema), ...failures() },
      },
    },
    async (request, reply) => {
      const { id: userId } = requests.userOf(request);
      const { communityId, ...page } = request.query;
      const list = await requests
        .apiOf(request, reply)
        .clip.list({ ...page, ...(communityId === undefined ? {} : { communityId }) });
      const rows = await buffers.files(list.items.map(({ id }) => id));
      const origin = originOf(request);
      const clips = list.items.map((clip) => toRestClip(clip, { userId, row: rows.get(clip.id), origin }));
      return reply.send({ clips, total: list.total, hasMore: list.hasMore });
    },
  );

  rest.post(
    '/clips/join',
    {
      schema: {
        operationId: 'joinClips',
        tags: ['clips'],
        summary: 'Make one clip of several of mine, in order',
        description: 'It is made in the background; my clips say how far it is.',
        body: clipJoinInput,
        response: {
          201: answer('The joined clip', restClipSchema),
          ...failures(
            ...(['NOT_FOUND', 'CLIP_NOT_READY', 'TOO_MANY_CAPTURES'] as const),
            ...(['QUOTA_EXCEEDED', 'DISK_LOW', 'STORAGE_UNAVAILABLE'] as const),
          ),
        },
      },
    },
    async (request, reply) => {
      const { id: userId } = requests.userOf(request);
      const clip = await requests.apiOf(request, reply).clip.join(request.body);
      const rows = await buffers.files([clip.id]);
      const origin = originOf(request);
      return reply.code(201).send(toRestClip(clip, { userId, row: rows.get(clip.id), origin }));
    },
  );

  rest.delete(
    '/clips/:id',
    {
      schema: {
        operationId: 'deleteClip',
        tags: ['clips'],
        summary: 'Delete a clip of mine',
        params: idParams,
        response: { 200: answer('What that frees', deletedSchema), ...failures('NOT_FOUND') },
      },
    },
    async (request, reply) => {
      const { freedBytes, remainingQuotaBytes } = await requests
        .apiOf(request, reply)
        .clip.remove({ clipId: request.params.id });
      return reply.send({ freedBytes, remainingQuotaBytes });
    },
  );
}
