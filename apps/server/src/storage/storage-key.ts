import { randomBytes } from 'node:crypto';

/** A storage key is the relative path of an object, with slashes, the same on every storage. */
export type StorageKey = string;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** Later versions of a clip's files have this behind the clip's id, so each has its own name. */
const SUFFIX = '(-[a-z]+-[0-9a-f]{8})?';
const STORAGE_KEY = new RegExp(`^replays/${UUID}/${UUID}${SUFFIX}\\.(mp4|jpg|mov|m4a|png|webp|gif)$`);

/** Everything under this prefix is ours, and has a row in the database. */
export const REPLAYS_PREFIX = 'replays';

export function clipVideoKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}.mp4`);
}

export function clipPosterKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}.jpg`);
}

/** Returns a new name each time, so that a reader of an earlier version never gets bytes of this one. */
export function clipUpgradeKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-aac-${randomBytes(4).toString('hex')}.mp4`);
}

/** Returns a new name each time, so that the poster of before is served until its row is gone. */
export function clipChosenPosterKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-poster-${randomBytes(4).toString('hex')}.jpg`);
}

export function clipSpriteKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-sprite-${randomBytes(4).toString('hex')}.jpg`);
}

/** Returns a new name each time, so that an attempt never finds the file of an earlier one. */
export function clipExportKey(row: { userId: string; id: string }, extension: string): StorageKey {
  const suffix = randomBytes(4).toString('hex');
  return checked(`${REPLAYS_PREFIX}/${row.userId}/${row.id}-export-${suffix}.${extension}`);
}

export function clipSmallKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-small-${randomBytes(4).toString('hex')}.mp4`);
}

/** Returns a new name each time, so that an attempt never finds the file of an earlier one. */
export function clipTracksKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-tracks-${randomBytes(4).toString('hex')}.mp4`);
}

/** Returns a new name each time, so that a reader of an earlier version never gets bytes of this one. */
export function clipRemixKey(clip: { userId: string; id: string }): StorageKey {
  return checked(`${REPLAYS_PREFIX}/${clip.userId}/${clip.id}-mix-${randomBytes(4).toString('hex')}.mp4`);
}

const VIDEO_KEY = new RegExp(`^replays/${UUID}/(${UUID})\\.mp4$`);

/** Returns the id of the clip whose first video has this key, or null for every other object. */
export function clipIdOfVideo(key: StorageKey): string | null {
  return VIDEO_KEY.exec(key)?.[1] ?? null;
}

/** Says whether a name can be one of our keys. Anything else is never read, written or deleted. */
export function isStorageKey(name: string): boolean {
  return STORAGE_KEY.test(name);
}

function checked(key: string): StorageKey {
  if (!isStorageKey(key)) throw new RangeError(`${JSON.stringify(key)} is not a storage key`);
  return key;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  m4a: 'audio/mp4',
  jpg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
};

export function contentTypeOf(key: StorageKey): string {
  return CONTENT_TYPES[key.slice(key.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}
