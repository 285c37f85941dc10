import { pino, stdSerializers, type Logger } from 'pino';
import { currentLogContext } from './log-context.ts';

export type Log = Logger;

/** These are pino's levels, from the fewest lines to the most, and none at all. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Logged objects may contain secrets in these fields, on the first levels of nesting. */
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

export interface LogOptions {
  level: LogLevel;
  destination?: { write(line: string): void };
  /** It is called for each line that is written, with its level. */
  onLine?: (level: string) => void;
}

/**
 * Makes a log of JSON lines on stdout, with the ids of the work under way (see log-context.ts). Secrets are removed, also
 * from URLs, because LiveKit's signalling has its token in the query.
 */
export function createLog({ level, destination, onLine }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: (_fields, levelNumber) => {
        onLine?.(pino.levels.labels[levelNumber] ?? String(levelNumber));
        return currentLogContext();
      },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: stdSerializers.err, req: serializeRequest, url: withoutSecrets },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

function serializeRequest(request: { id: string; method: string; url: string; ip?: string }) {
  return { id: request.id, method: request.method, path: withoutSecrets(request.url), ip: request.ip };
}

/** Removes secrets from an address. Public links and invites are secrets too: the address alone gives access. */
function withoutSecrets(url: string): string {
  return url.replace(/\?.*$/s, '').replace(/^(\/(?:l|invite|api\/links)\/)[^/]+/, '$1[redacted]');
}
