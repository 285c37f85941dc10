import { stat } from 'node:fs/promises';
import type { LRUCache } from 'lru-cache';

/** Forgets what is known of files that are gone. */
export async function forgetGone<V extends { path: string }>(known: LRUCache<string, V>): Promise<void> {
  for (const [key, { path }] of known) {
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) known.delete(key);
  }
}
