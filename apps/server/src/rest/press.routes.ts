import { AppError } from '@hindsight/shared/errors';
import { markerSchema } from '@hindsight/shared/replay/marker';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { ReplayRoutesDependencies } from './replay.routes.ts';
import { CAPTURE_ANSWERS, toCaptured, toRestSession } from './rest-answers.ts';
import { answer, failures } from './rest-errors.ts';
import { bufferSchema, idempotencyHeaders, markBody, pressBody } from './rest-schemas.ts';

/** A press that names no length saves so much, like the button at first. */
const DEFAULT_SECONDS = (5 * MINUTE) / SECOND;

/** Adds the endpoints for programs that know nothing but their key: they press in the buffer that is running. */
export function pressRoutes(app: FastifyInstance, dependencies: ReplayRoutesDependencies): void {
  const { requests, buffers, originOf } = dependencies;
  const rest = app.withTypeProvider<ZodTypeProvider>();

  /** @throws AppError NO_SEGMENTS_FOUND */
  async function requireRoom(userId: string, pressKey?: string): Promise<string> {
    const pressed = pressKey === undefined ? null : await buffers.roomOfPress(userId, pressKey);
    const roomName = pressed ?? (await buffers.newest(userId))?.roomName;
    if (roomName === undefined) throw new AppError('NO_SEGMENTS_FOUND');
    return roomName;
  }

  rest.post(
    '/press',
    {
      config: { keys: ['PRESS'] },
      schema: {
        operationId: 'press',
        tags: ['press'],
        summary: 'Save what just happened',
        description:
          'Saves the last minutes of my running buffer, up to the arrival of this request: five, unless the body says otherwise. No body is needed.',
        headers: idempotencyHeaders,
        body: pressBody,
        response: CAPTURE_ANSWERS,
      },
    },
    async (request, reply) => {
      const { minutes, seconds, title, share } = request.body;
      const pressKey = request.headers['idempotency-key'];
      const roomName = await requireRoom(requests.userOf(request).id, pressKey);
      const lastSeconds =
        seconds ??
        (minutes === undefined ? DEFAULT_SECONDS : Math.max(1, Math.round((minutes * MINUTE) / SECOND)));
      const captured = await requests.apiOf(request, reply).replay.capture({
        channelId: roomName,
        lastSeconds,
        ...(title === undefined ? {} : { title }),
        ...(share === undefined ? {} : { share }),
        ...(pressKey === undefined ? {} : { pressKey }),
      });
      return reply.code(201).send(toCaptured(captured, null, originOf(request)));
    },
  );

  rest.post(
    '/mark',
    {
      config: { keys: ['PRESS'] },
      schema: {
        operationId: 'mark',
        tags: ['press'],
        summary: 'Mark this moment in my running buffer',
        description: 'No body is needed.',
        body: markBody,
        response: {
          201: answer('The marker', markerSchema.meta({ id: 'Marker' })),
          ...failures('NOT_FOUND', 'NO_SEGMENTS_FOUND', 'TOO_MANY_MARKERS'),
        },
      },
    },
    async (request, reply) => {
      const channelId = await requireRoom(requests.userOf(request).id);
      const { label } = request.body;
      const marker = await requests
        .apiOf(request, reply)
        .marker.create({ channelId, ...(label === undefined ? {} : { label }) });
      return reply.code(201).send(marker);
    },
  );

  rest.get(
    '/buffer',
    {
      config: { keys: ['PRESS'] },
      schema: {
        operationId: 'buffer',
        tags: ['press'],
        summary: 'The state of my own buffer',
        response: {
          200: answer('My running buffer, else one that can still be saved, else null', bufferSchema),
          ...failures('NOT_FOUND'),
        },
      },
    },
    async (request, reply) => {
      const session = await buffers.newest(requests.userOf(request).id);
      if (session === null) return reply.send(null);
      const { roomName, endedAt } = session;
      const { ranges, windowMs } = await requests.apiOf(request, reply).replay.mine({ channelId: roomName });
      const keptMs = ranges.reduce((sum, { from, to }) => sum + Date.parse(to) - Date.parse(from), 0);
      return reply.send({
        roomName,
        isRecording: endedAt === null,
        secondsKept: keptMs / SECOND,
        windowSeconds: windowMs / SECOND,
        session: toRestSession(session),
      });
    },
  );
}
