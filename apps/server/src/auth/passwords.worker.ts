import { hashSync, verifySync } from '@node-rs/argon2';

// Hashing synchronously is fine here: the thread has nothing else to do, and libuv's threads stay free for files.

/**
 * These are OWASP's first choice for argon2id: 19 MiB, two passes, one lane (argon2id is the library's default
 * algorithm).
 */
const HASH_OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** A password of an account that doesn't exist is compared with this hash. */
const DECOY = hash('nobody has this password');

/** Hashes a password with a random salt, as a PHC string. */
export function hash(password: string): string {
  return hashSync(password, HASH_OPTIONS);
}

/** Compares a password with a stored hash. Without a hash it takes as long, and is false. */
export function isRight({
  storedHash,
  password,
}: {
  storedHash: string | undefined;
  password: string;
}): boolean {
  const isMatch = verifySync(storedHash ?? DECOY, password);
  return storedHash !== undefined && isMatch;
}
