import { AppError } from '@hindsight/shared/errors';
import { markerSchema } from '@hindsight/shared/replay/marker';
import type { MyReplay } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { PressLengthsService } from '../capture/accept/press-lengths.service.ts';
import type { ReplayRoutesDependencies } from './replay.routes.ts';
import { CAPTURE_ANSWERS, toCaptured, toRestSession } from './rest-answers.ts';
import { answer, failures } from './rest-errors.ts';
import { bufferSchema, idempotencyHeaders, markBody, pressBody } from './rest-schemas.ts';

/** Adds the endpoints for programs that know nothing but their key: they press in the buffer that is running. */
export function pressRoutes(
  app: FastifyInstance,
  {
    requests,
    buffers,
    originOf,
    lengths,
  }: ReplayRoutesDependencies & { lengths: Pick<PressLengthsService, 'ofPress'> },
): void {
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
          'Saves the end of my running buffer, up to the arrival of this request, or to the press before it that `pressedAgoMs` tells of: as much as the body says, otherwise the length of my key, otherwise my default length. No body is needed.',
        headers: idempotencyHeaders,
        body: pressBody,
        response: CAPTURE_ANSWERS,
      },
    },
    async (request, reply) => {
      const { minutes, seconds, startAfresh, title, share, pressedAgoMs } = request.body;
      const pressKey = request.headers['idempotency-key'];
      const { id: userId } = requests.userOf(request);
      const minutesInSeconds =
        minutes === undefined ? undefined : Math.max(1, Math.round((minutes * MINUTE) / SECOND));
      const asked = seconds ?? minutesInSeconds;
      const [roomName, lastSeconds] = await Promise.all([
        requireRoom(userId, pressKey),
        asked ?? lengths.ofPress(userId, requests.keyIdOf(request)),
      ]);
      const captured = await requests.apiOf(request, reply).replay.capture({
        channelId: roomName,
        lastSeconds,
        ...(pressedAgoMs === undefined ? {} : { pressedAgoMs }),
        ...(startAfresh === undefined ? {} : { startAfresh }),
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
      const mine = await requests.apiOf(request, reply).replay.mine({ channelId: roomName });
      return reply.send({
        roomName,
        isRecording: endedAt === null,
        secondsKept: keptMs(mine) / SECOND,
        windowSeconds: mine.windowMs / SECOND,
        session: toRestSession(session),
      });
    },
  );
}

/** Returns how much a press of any length would save. */
function keptMs({ ranges, freshFrom }: MyReplay): number {
  const freshMs = freshFrom === null ? 0 : Date.parse(freshFrom);
  return ranges.reduce(
    (sum, { from, to }) => sum + Math.max(0, Date.parse(to) - Math.max(freshMs, Date.parse(from))),
    0,
  );
}
