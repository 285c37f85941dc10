import { lstat, mkdir } from 'node:fs/promises';
import { DatabaseError } from '../errors.ts';

/** What root's PostgreSQL needs lies here when its account may not enter root's own folders. */
export const OWN_PLACE = '/var/lib/hindsight';

/** Returns that folder, which others may pass and root alone may write. */
export async function ownPlace(): Promise<string> {
  const remedy =
    'Run Hindsight as another user than root, or put it and DATA_DIR into folders that other users may enter.';
  try {
    await mkdir(OWN_PLACE, { recursive: true, mode: 0o755 });
    const { uid } = await lstat(OWN_PLACE);
    if (uid !== 0) throw new Error('it belongs to another user than root');
  } catch (error) {
    throw new DatabaseError(
      'FOLDER_UNUSABLE',
      `PostgreSQL does not run as root, other users may not enter this folder, and ${OWN_PLACE} cannot be used instead (${(error as Error).message}).`,
      remedy,
      { cause: error },
    );
  }
  return OWN_PLACE;
}
