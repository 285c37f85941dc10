/**
 * Tells a person what is being done and how long it took: `[2/6] Building the web app … 4.1 s`.
 * @param {number} total how many steps there are
 * @param {(line: string) => void} [write]
 */
export function createProgress(total, write = console.log) {
  let number = 0;
  return {
    /**
     * @template T
     * @param {string} title
     * @param {(log: (line: string) => void) => Promise<T>} work gets a function with which it can print more lines
     * @param {(result: T) => string | undefined} [describe] returns one line about the outcome
     * @returns {Promise<T>}
     */
    async step(title, work, describe = () => undefined) {
      number += 1;
      write(`[${number}/${total}] ${title} …`);
      const startedAt = performance.now();
      const result = await work((line) => write(`      ${line}`));
      const outcome = describe(result);
      write(`      ${outcome ?? 'done'} (${seconds(performance.now() - startedAt)})`);
      return result;
    },
  };
}

/** @param {number} durationMs */
export function seconds(durationMs) {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
