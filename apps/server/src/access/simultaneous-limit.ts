import { AppError, type AppErrorCode } from '@hindsight/shared/errors';

/** Limits how much goes on at the same moment for each key, on this server. */
export function createSimultaneousLimit({ max, code }: { max: number; code: AppErrorCode }) {
  const running = new Map<string, number>();
  return {
    /**
     * Takes a place and returns the function that gives it back, which may be called again without effect.
     * @throws AppError with the limit's code when all places of the key are taken
     */
    enter(key: string): () => void {
      const count = running.get(key) ?? 0;
      if (count >= max) throw new AppError(code);
      running.set(key, count + 1);
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        const left = (running.get(key) ?? 1) - 1;
        if (left === 0) running.delete(key);
        else running.set(key, left);
      };
    },
  };
}
