import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import proxy from '@fastify/http-proxy';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendAppError } from './error-reply.ts';

/** The browser sends these headers for this server, and LiveKit doesn't need them. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['cookie', 'origin', 'referer']);
const CONNECT_TIMEOUT_MS = 5000;

/**
 * Serves LiveKit's signalling (`/rtc`, HTTP and WebSocket) on our own origin, so that one address and one certificate
 * serve both. LiveKit's own token authorises everything there, as long as its holder's permissions last.
 * @param options `maySignal` tells whether a token may still be used
 */
export async function proxyLiveKit(
  app: FastifyInstance,
  { url, maySignal }: { url: string; maySignal: (token: string) => Promise<boolean> },
): Promise<void> {
  // LiveKit only needs its token, which is in the query. By default the proxy would also send it our cookie.
  const wsClientOptions = { handshakeTimeout: CONNECT_TIMEOUT_MS, rewriteRequestHeaders: () => ({}) };
  cutWebSocketsAtClose(app);
  await app.register(proxy, {
    upstream: url.replace(/^ws/, 'http'),
    wsUpstream: url,
    prefix: '/rtc',
    rewritePrefix: '/rtc',
    websocket: true,
    logLevel: 'warn',
    async preHandler(request) {
      const token = tokenOf(request);
      if (token !== null && !(await maySignal(token))) throw new AppError('PERMISSION_DENIED');
    },
    wsClientOptions,
    replyOptions: {
      rewriteRequestHeaders: (_request, headers: IncomingHttpHeaders) => withoutOwnHeaders(headers),
      onError: (reply, { error }) => {
        void sendAppError(reply as FastifyReply, new AppError('LIVEKIT_UNAVAILABLE', { cause: error }));
      },
    },
  });
}

/**
 * Tracks upgraded connections, which the HTTP server itself forgets, and closes them at a shutdown. One whose browser no
 * longer answers would delay it for half a minute. LiveKit's clients reconnect by themselves.
 */
function cutWebSocketsAtClose(app: FastifyInstance): void {
  const sockets = new Set<Duplex>();
  app.server.on('upgrade', (request, socket) => {
    if (!/^\/rtc(\/|\?|$)/.test(request.url ?? '')) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', (done) => {
    for (const socket of sockets) socket.destroy();
    done();
  });
}

function tokenOf({ query, headers }: FastifyRequest): string | null {
  const { access_token: inQuery } = query as { access_token?: unknown };
  if (typeof inQuery === 'string') return inQuery;
  return /^bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

function withoutOwnHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}
