/**
 * The work's result, unless it takes too long; the work is then left to itself.
 * @throws Error when it takes too long
 */
export async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
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

/** Whoever asks again within a while gets the last answer: a flood of questions must not become one for what is asked. */
export function keepAnswer<T>(ask: () => Promise<T>, keepMs: number): () => Promise<T> {
  let last: { atMs: number; answer: Promise<T> } | undefined;
  return () => {
    if (last === undefined || last.atMs < Date.now() - keepMs) last = { atMs: Date.now(), answer: ask() };
    return last.answer;
  };
}
