import { AppError } from '@hindsight/shared/errors';

/** Returns the code that work was refused with; null when it wasn't. Anything but an AppError is thrown on. */
export async function refusal(work: Promise<unknown>): Promise<AppError['code'] | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
