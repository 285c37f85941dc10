import { workerData } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';

// Hashing synchronously is fine here: the thread has nothing else to do, and libuv's threads stay free for files.

/** What argon2id takes for a hash. */
export interface HashCost {
  memoryKib: number;
  passes: number;
}

const { memoryKib, passes } = workerData as HashCost;
/** These say one lane of argon2id, which is the library's default algorithm. */
const HASH_OPTIONS = { memoryCost: memoryKib, timeCost: passes, parallelism: 1 };

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
