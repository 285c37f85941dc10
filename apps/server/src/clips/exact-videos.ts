import { SECOND } from '@hindsight/shared/units';
import type { ObjectStorage } from '../storage/storage.port.ts';
import type { ClipFile, ClipVideo } from './clip-files.ts';

/** Whoever downloads waits this long: an exact start takes a second or two, unless the machine is overloaded. */
export const DOWNLOAD_PATIENCE_MS = 30 * SECOND;
/** Programs that show links give up after about five seconds. */
export const PROGRAM_PATIENCE_MS = 3 * SECOND;

/** A clip's video as it is given away: maybe another file than the stored one, which is put together while it is read. */
export interface ServedVideo {
  file: ClipFile;
  storage: Pick<ObjectStorage, 'read' | 'downloadUrl'>;
}

/** How a clip begins when it is given away. */
export interface ExactBeginning {
  /** The entity tag is equal only for equal bytes of the clip. */
  etag: string;
  /** An MP4 of the pictures that were encoded anew; null when the clip begins with a keyframe. */
  headFile: Buffer | null;
}

/** Finds videos for other programs, in which nothing lies before the clip's start. */
export interface ExactVideos {
  /**
   * Returns a clip's video without what an edit list hides in it. A clip that was just saved is waited for; where that takes longer than
   * `patienceMs`, or can't be done, its stored file is returned.
   * @throws AppError NOT_FOUND, STORAGE_UNAVAILABLE
   */
  find(video: ClipVideo, patienceMs: number): Promise<ServedVideo>;
}
