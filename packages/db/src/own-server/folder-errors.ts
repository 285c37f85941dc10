import { DatabaseError } from '../errors.ts';

const DISK_FULL = /no space left on device|disk quota exceeded|file too large|ENOSPC|EDQUOT|EFBIG/i;

/** Says whether PostgreSQL's or Node's words are about a disk without room. */
export function isAboutFullDisk(text: string): boolean {
  return DISK_FULL.test(text);
}

export function diskFull(folder: string, cause?: unknown): DatabaseError {
  return new DatabaseError(
    'DISK_FULL',
    `The disk of the database folder ${folder} is full.`,
    'Free some space on it, then start again; nothing is lost.',
    { cause },
  );
}

/** @param what continues "The database folder … " */
export function unusable(folder: string, what: string, remedy: string, cause?: unknown): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  if (cause instanceof Error && isAboutFullDisk(cause.message)) return diskFull(folder, cause);
  return new DatabaseError('FOLDER_UNUSABLE', `The database folder ${folder} ${what}.`, remedy, { cause });
}
