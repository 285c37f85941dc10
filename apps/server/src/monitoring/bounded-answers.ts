/**
 * Waits for work up to a time limit. Work that takes longer goes on without being awaited.
 * @throws Error when the work takes too long
 */
export async function withTimeLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Repeats the last answer for a while, so that a flood of requests doesn't reach the parts that are asked. */
export function cacheAnswer<T>(ask: () => Promise<T>, keepMs: number): () => Promise<T> {
  let last: { atMs: number; answer: Promise<T> } | undefined;
  return () => {
    if (last === undefined || last.atMs < Date.now() - keepMs) last = { atMs: Date.now(), answer: ask() };
    return last.answer;
  };
}
