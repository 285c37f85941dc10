/**
 * These are the codes of Prisma, PostgreSQL and sockets that say: not now. Whatever was asked is worth asking again, unlike after
 * any other error.
 */
const AWAY_CODES: ReadonlySet<string> = new Set([
  // Prisma: can't reach the server, timed out, connection closed, no connection in time, no transaction in time, too many connections.
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
  // PostgreSQL: shut down by its admin, by a crash, starting up or in recovery, idle for too long; and all connections are taken.
  ...['57P01', '57P02', '57P03', '57P05', '53300'],
  // PostgreSQL's class of connection exceptions.
  ...['08000', '08001', '08003', '08004', '08006', '08007', '08P01'],
  // After a failover, the server behind the address takes no writes for a while.
  '25006',
]);

/**
 * These are the codes of a socket that can't be opened or has broken. Features turn those of other services into errors of their
 * own, so one that nobody has turned into anything is the database's.
 */
const SOCKET_CODES: ReadonlySet<string> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
]);

/** These are Prisma's names for the same in the errors of raw queries, whose own code only says that a raw query failed. */
const AWAY_KINDS: ReadonlySet<string> = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);

/** The driver (pg) tells these by their text alone. */
const AWAY_TEXTS: ReadonlySet<string> = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout expired',
  'timeout exceeded when trying to connect',
]);

/**
 * Tells whether an error says that the database can't be reached, is shutting down, starting up or in recovery, has no free
 * connection in time, or that the connection broke. If it broke during a COMMIT, what was committed may be there all the same.
 */
export function isDatabaseAway(error: unknown): boolean {
  // The job queue reports copies of errors, which are plain objects.
  if (typeof error !== 'object' || error === null) return false;
  const { message, code, errors } = error as Record<'message' | 'code' | 'errors', unknown>;
  if (typeof message === 'string' && AWAY_TEXTS.has(message)) return true;
  if (typeof code === 'string' && (AWAY_CODES.has(code) || isOfSocket(error, code))) return true;
  // All addresses of a name were tried in vain.
  if (Array.isArray(errors)) return errors.length > 0 && errors.every(isDatabaseAway);
  const fromAdapter = field(field(field(error, 'meta'), 'driverAdapterError'), 'cause');
  return isAwayCause(fromAdapter) || isAwayCause(field(error, 'cause'));
}

/** Socket errors have all these fields. Prisma keeps only the code, and no other code of its own begins with an E. */
function isOfSocket(error: object, code: string): boolean {
  const isPrismas = field(error, 'name') === 'PrismaClientKnownRequestError';
  if (!isPrismas && typeof field(error, 'errno') !== 'number') return false;
  // A socket in the file system is missing, or is not ours yet, while its server starts.
  const isFile = code === 'ENOENT' || code === 'EACCES';
  return SOCKET_CODES.has(code) || (isFile && (isPrismas || field(error, 'syscall') === 'connect'));
}

/** Prisma's adapter describes the driver's error like this. */
function isAwayCause(cause: unknown): boolean {
  const [kind, code] = [field(cause, 'kind'), field(cause, 'originalCode')];
  return (
    (typeof kind === 'string' && AWAY_KINDS.has(kind)) || (typeof code === 'string' && AWAY_CODES.has(code))
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
