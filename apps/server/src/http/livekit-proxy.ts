import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import proxy from '@fastify/http-proxy';
import { AppError } from '@hindsight/shared/errors';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendAppError } from './error-reply.ts';

/** Headers that the browser meant for us and LiveKit has no use for. */
const OWN_HEADERS: ReadonlySet<string> = new Set(['cookie', 'origin', 'referer']);
const CONNECT_TIMEOUT_MS = 5000;

/**
 * LiveKit's signalling (`/rtc`, HTTP and WebSocket) on our own origin, so that one address and one certificate serve both.
 * Everything there is authorised by LiveKit's own token.
 */
export async function proxyLiveKit(app: FastifyInstance, { url }: { url: string }): Promise<void> {
  // LiveKit wants only its token, which is in the query; by default the proxy would hand it our cookie.
  const wsClientOptions = { handshakeTimeout: CONNECT_TIMEOUT_MS, rewriteRequestHeaders: () => ({}) };
  cutWebSocketsAtClose(app);
  await app.register(proxy, {
    upstream: url.replace(/^ws/, 'http'),
    wsUpstream: url,
    prefix: '/rtc',
    rewritePrefix: '/rtc',
    websocket: true,
    logLevel: 'warn',
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
 * Keeps hold of upgraded connections, which the HTTP server itself forgets, and cuts them at a shutdown: one whose browser
 * no longer answers would hold it up for half a minute. Clients of LiveKit connect again by themselves.
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

function withoutOwnHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name)));
}
