import { pino, stdSerializers, type Logger } from 'pino';
import type { LogLevel } from './config.ts';

export type Log = Logger;

/** Where secrets could stand in what is logged, on the first two levels. */
const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'password',
  'passwordHash',
  'token',
  'jwt',
  'secret',
  'apiSecret',
];
const SECRET_PATHS = [
  ...SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  'req.headers["set-cookie"]',
];

/** JSON lines on stdout; secrets are cut out, also from URLs (LiveKit's signalling has its token in the query). */
export function createLog({
  level,
  destination,
}: {
  level: LogLevel;
  destination?: { write(line: string): void };
}): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: stdSerializers.err, req: serializeRequest, url: withoutQuery },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

function serializeRequest(request: { id: string; method: string; url: string; ip?: string }) {
  return { id: request.id, method: request.method, path: withoutQuery(request.url), ip: request.ip };
}

function withoutQuery(url: string): string {
  return url.replace(/\?.*$/s, '');
}
