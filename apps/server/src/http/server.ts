import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { hostname } from 'node:os';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { AppError } from '@hindsight/shared/errors';
import { KiB, MINUTE, SECOND } from '@hindsight/shared/units';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import type { Config } from '../config.ts';
import { inLogContext, type LogContext } from '../log-context.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { requestErrorLevel } from '../request-error-level.ts';
import { mediaOrigins } from '../storage/storage-config.ts';
import { fromHttpError, sendAppError } from './error-reply.ts';
import { checkHosts } from './host-check.ts';
import { checkOrigins } from './origin-check.ts';
import { trustOf } from './trusted-proxies.ts';

/** The limit is above any procedure's input. Routes that need another limit set their own. */
const BODY_LIMIT_BYTES = 64 * KiB;
/**
 * The limit is for all requests of one address. A page with players and subscriptions stays far below it; a flood
 * doesn't.
 */
const REQUESTS_PER_MINUTE = 3000;

/** Makes the HTTP server with what every route gets: headers, cookies, limits, logging, errors in our shape. */
export async function createHttpServer(
  config: Pick<Config, 'http' | 'livekit' | 'storage'>,
  log: Log,
  metrics: Pick<Metrics, 'countError' | 'requestEnded'>,
): Promise<FastifyInstance> {
  const { tls } = config.http;
  const certificate =
    tls === null ? null : { cert: await readFile(tls.certPath), key: await readFile(tls.keyPath) };
  // With Fastify's own logger type, every route sees the same type of instance.
  const logger: FastifyBaseLogger = log;
  const app = Fastify({
    serverFactory: (handler) =>
      certificate === null ? createServer(handler) : createSecureServer(certificate, handler),
    loggerInstance: logger,
    // Fastify's own request lines contain query strings, and with them tokens; ours don't.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: trustOf(config.http.trustedProxies),
    genReqId: () => randomUUID(),
    // The log context adds the request's id to its lines, and to those of all work that it starts.
    childLoggerFactory: (ownLogger) => ownLogger,
    // Subscriptions stay open for minutes, and shutting down must not wait for them.
    forceCloseConnections: true,
    // tRPC puts the names of a whole batch into one path segment.
    routerOptions: { maxParamLength: 2000 },
  });

  app.setErrorHandler((error: Error, request, reply) => {
    const appError = fromHttpError(error);
    metrics.countError(appError.code);
    const level = requestErrorLevel(appError.code);
    request.log[level](
      { err: error, req: request },
      level === 'debug' ? 'request refused' : 'request failed',
    );
    return sendAppError(reply, appError);
  });
  const logContexts = new WeakMap<FastifyRequest, LogContext>();
  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    // Whoever knows this clock can tell when a press was, although its request was held back on the way.
    void reply.header('x-server-time', Date.now());
    const context = { requestId: request.id };
    logContexts.set(request, context);
    inLogContext(context, done);
  });
  // Reading the body has left the log context, because its events belong to the connection.
  app.addHook('preValidation', (request, _reply, done) => {
    inLogContext(logContexts.get(request) ?? { requestId: request.id }, done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    if (!isStream)
      metrics.requestEnded({
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        seconds: reply.elapsedTime / SECOND,
      });
    request.log.debug(
      { req: request, status: reply.statusCode, durationMs: Math.round(reply.elapsedTime) },
      'request',
    );
    done();
  });

  await app.register(helmet, helmetOptions(config));
  await app.register(cookie);
  await app.register(rateLimit, {
    max: REQUESTS_PER_MINUTE,
    timeWindow: MINUTE,
    errorResponseBuilder: () => new AppError('RATE_LIMITED'),
  });
  const { publicUrl, host } = config.http;
  // With a certificate and no PUBLIC_URL, browsers compare the name with the certificate, which only its owner has.
  if (publicUrl !== null || certificate === null)
    checkHosts(app, { publicUrl, listenHost: host, machineName: hostname() });
  checkOrigins(app, { publicUrl });
  return app;
}

function helmetOptions({ http, livekit, storage }: Pick<Config, 'http' | 'livekit' | 'storage'>) {
  const livekitOrigins = livekit.isProxied ? [] : [livekit.url, livekit.url.replace(/^ws/, 'http')];
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component library sets styles on elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        mediaSrc: ["'self'", 'blob:', ...mediaOrigins(storage)],
        workerSrc: ["'self'", 'blob:'],
        connectSrc: ["'self'", ...livekitOrigins],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: http.isSecure,
    // On plain http these headers have no effect, and browsers warn about them.
    crossOriginOpenerPolicy: http.isSecure,
    originAgentCluster: http.isSecure,
  };
}
