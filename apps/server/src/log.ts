import { isDatabaseAway } from '@hindsight/db/database-away';
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

const DEBUG = pino.levels.values['debug'] ?? 20;
const FATAL = pino.levels.values['fatal'] ?? 60;

export interface LogOptions {
  level: LogLevel;
  destination?: { write(line: string): void };
  /** It is called for each line that is written, with its level. */
  onLine?: (level: string) => void;
  /** It is called for each error that was logged and only says that the database is away. */
  onDatabaseAway?: (error: unknown) => void;
}

/**
 * Makes a log of JSON lines on stdout, with the ids of the work under way (see log-context.ts). Secrets are removed, also
 * from URLs, because LiveKit's signalling has its token in the query. While the database is away, everything that needs it fails,
 * and whoever is told by `onDatabaseAway` logs that once. The lines about each failure are written at debug.
 */
export function createLog({ level, destination, onLine, onDatabaseAway }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: (_fields, levelNumber) => {
        onLine?.(pino.levels.labels[levelNumber] ?? String(levelNumber));
        return currentLogContext();
      },
      hooks: {
        logMethod(args, method, levelNumber) {
          const error: unknown = levelNumber < FATAL ? errorOf(args[0]) : undefined;
          if (!isDatabaseAway(error)) return method.apply(this, args);
          onDatabaseAway?.(error);
          if (levelNumber <= DEBUG) return method.apply(this, args);
          this.debug(...args);
        },
      },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: stdSerializers.err, req: serializeRequest, url: withoutSecrets },
    },
    destination ?? pino.destination({ fd: 1, sync: true }),
  );
}

/** Returns the error among the fields of a line. */
function errorOf(fields: unknown): unknown {
  return typeof fields === 'object' && fields !== null && 'err' in fields ? fields.err : undefined;
}

function serializeRequest(request: { id: string; method: string; url: string; ip?: string }) {
  return { id: request.id, method: request.method, path: withoutSecrets(request.url), ip: request.ip };
}

/** Removes secrets from an address. Public links and invites are secrets too: the address alone gives access. */
function withoutSecrets(url: string): string {
  return url.replace(/\?.*$/s, '').replace(/^(\/(?:l|invite|api\/links)\/)[^/]+/, '$1[redacted]');
}
