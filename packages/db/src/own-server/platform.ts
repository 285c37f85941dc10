import { DatabaseError } from '../errors.ts';

export interface Platform {
  /** As Node names it: linux, darwin, win32, … */
  system: string;
  /** Whether programs find the GNU C library, which those of PostgreSQL for Linux are linked to. */
  hasGlibc: boolean;
}

export const USE_A_SERVER =
  'Set DATABASE_URL=postgresql://user:password@host/database to a PostgreSQL server.';

/** Returns the platform that this process runs on. */
export function currentPlatform(): Platform {
  // Looking up the names of open connections would take most of the report's time.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { system: process.platform, hasGlibc: header.glibcVersionRuntime !== undefined };
}

/** @throws DatabaseError NO_SERVER_OF_OUR_OWN when PostgreSQL's programs cannot run there */
export function requireKnownPlatform({ system, hasGlibc }: Platform): void {
  if (system === 'win32')
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      'Hindsight runs a PostgreSQL of its own on Linux and macOS only.',
      'On Windows run Hindsight in WSL, or set DATABASE_URL to a PostgreSQL server.',
    );
  if (system === 'linux' && !hasGlibc)
    throw new DatabaseError(
      'NO_SERVER_OF_OUR_OWN',
      "The programs of PostgreSQL that Hindsight brings along need glibc, and this system has another C library (Alpine's musl, for example).",
      USE_A_SERVER,
    );
}
