import { hash, verify } from '@node-rs/argon2';

/**
 * These are OWASP's first choice for argon2id: 19 MiB, two passes, one lane (argon2id is the library's default
 * algorithm).
 */
const HASH_OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/**
 * Hashes a password with a random salt.
 * @returns the PHC string that `isPassword` checks against
 */
export function hashPassword(password: string): Promise<string> {
  return hash(password, HASH_OPTIONS);
}

let decoy: Promise<string> | undefined;

/**
 * Checks a password against its stored hash. Without a hash (no such user) it takes as long and returns false, so that
 * the response time doesn't tell which user names exist.
 */
export async function isPassword(storedHash: string | undefined, password: string): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password');
  const isMatch = await verify(storedHash ?? (await decoy), password);
  return storedHash !== undefined && isMatch;
}
