import { AppError } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { AppEvents } from '../events/events.ts';
import type { Log } from '../log.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { SessionCookie } from './session-cookie.ts';

/**
 * An account may have so many streams at one server. A page has one while it is on screen. Each stream may ask the database
 * after a change, so some hundreds of one account would leave no connection for others.
 */
const STREAMS_PER_ACCOUNT = 32;

/** A session that can't be checked for this long ends its streams, which may belong to somebody who has signed out. */
const CHECK_PATIENCE_MS = 10 * SECOND;

interface OpenStream {
  request: FastifyRequest;
  reply: FastifyReply;
}

export type OpenStreams = ReturnType<typeof createOpenStreams>;

/**
 * Knows the event streams that people have open at this server, and ends those whose session has ended. A stream is
 * authenticated once and then lasts for minutes, in which it would go on telling a signed-out browser private messages.
 */
export function createOpenStreams({
  cookie,
  events,
  log,
}: {
  cookie: Pick<SessionCookie, 'authenticate' | 'identify' | 'tokenOf'>;
  events: Pick<AppEvents, 'listen'>;
  log: Log;
}) {
  const streamsOf = new Map<string, Set<OpenStream>>();
  /** This grows with each sign-out, so that an opening stream notices one that happened meanwhile. */
  let signOuts = 0;

  async function isSignedIn(request: FastifyRequest): Promise<boolean> {
    try {
      const identify = () => cookie.identify(request);
      return (await retryWhileDatabaseIsAway(identify, { forMs: CHECK_PATIENCE_MS })) !== null;
    } catch (error) {
      log.warn({ err: error }, 'the session of an open stream could not be checked');
      return false;
    }
  }

  /** @param known the sessions that this check has looked at: all tabs of a browser have the same one */
  async function endUnlessSignedIn({ request, reply }: OpenStream, known = new Map<unknown, boolean>()) {
    const session = cookie.tokenOf(request);
    const isValid = known.get(session) ?? (await isSignedIn(request));
    known.set(session, isValid);
    if (isValid) return;
    // The browser connects again by itself, with the cookie that it has by then.
    reply.raw.destroy();
  }

  async function check(userIds: readonly string[]): Promise<void> {
    signOuts += 1;
    const known = new Map<unknown, boolean>();
    for (const userId of userIds)
      for (const stream of streamsOf.get(userId) ?? []) await endUnlessSignedIn(stream, known);
  }

  const stopListening = [
    events.listen('signedOut', ({ userId }) => void check([userId])),
    // A sign-out at another server may be among the missed events.
    events.listen('gap', () => void check([...streamsOf.keys()])),
  ];

  function add(userId: string, stream: OpenStream): void {
    const streams = streamsOf.get(userId) ?? new Set();
    if (streams.size >= STREAMS_PER_ACCOUNT) throw new AppError('TOO_MANY_STREAMS');
    streamsOf.set(userId, streams.add(stream));
    stream.reply.raw.once('close', () => {
      streams.delete(stream);
      if (streams.size === 0 && streamsOf.get(userId) === streams) streamsOf.delete(userId);
    });
  }

  return {
    /**
     * Returns the user who opens a stream, like the session cookie does, and ends the stream when their session ends.
     * @throws AppError TOO_MANY_STREAMS
     */
    async authenticate(request: FastifyRequest, reply: FastifyReply): Promise<SignedInUser | null> {
      const signOutsBefore = signOuts;
      const user = await cookie.authenticate(request, reply);
      // Without a connection nothing would take the stream out again.
      if (user === null || reply.raw.destroyed) return user;
      const stream = { request, reply };
      add(user.id, stream);
      if (signOuts !== signOutsBefore) await endUnlessSignedIn(stream);
      return user;
    },

    close(): void {
      for (const stop of stopListening) stop();
    },
  };
}
