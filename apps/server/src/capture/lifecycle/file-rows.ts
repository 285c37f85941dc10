import { videoFilename } from '../../clips/clip-files.ts';
import type { StorageKey } from '../../storage/storage-key.ts';

// These columns of a clip's files don't depend on the files' content.

export const videoRow = (clipId: string, storageKey: StorageKey) =>
  ({
    resourceType: 'REPLAY_CLIP',
    filename: videoFilename(clipId),
    mimeType: 'video/mp4',
    storageKey,
  }) as const;

export const posterRow = (clipId: string, storageKey: StorageKey) =>
  ({
    resourceType: 'REPLAY_POSTER',
    filename: `${clipId}.jpg`,
    mimeType: 'image/jpeg',
    storageKey,
  }) as const;

export const tracksRow = (clipId: string, storageKey: StorageKey) =>
  ({
    resourceType: 'REPLAY_TRACKS',
    filename: `${clipId}-tracks.mp4`,
    mimeType: 'video/mp4',
    storageKey,
  }) as const;
