/**
 * Tells a person what is being done and how long it took: `[2/6] Building the web app … 4.1 s`.
 * @param {number} total how many steps there are
 * @param {(line: string) => void} [write]
 */
export function createProgress(total, write = console.log) {
  let number = 0;
  /** These reject when a work beside the steps fails, and every step fails then. @type {Promise<never>[]} */
  const failures = [];
  return {
    /**
     * Begins something that takes long and that a later step waits for.
     * @template T
     * @param {(log: (line: string) => void) => Promise<T>} work
     * @returns {Promise<T>}
     */
    begin(work) {
      const begun = work((line) => write(`      ${line}`));
      /** @type {Promise<never>} */
      const failure = new Promise((_, reject) => begun.catch(reject));
      // It may fail while no step runs. The step that waits for it then reports that.
      failure.catch(() => {});
      failures.push(failure);
      return begun;
    },

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
      const result = await Promise.race([...failures, work((line) => write(`      ${line}`))]);
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
