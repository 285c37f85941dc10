import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../log.ts';
import { clipSmallKey, clipSpriteKey, clipTracksKey, type StorageKey } from '../../storage/storage-key.ts';
import { openLibrary, type Library } from '../testing/clip-library.ts';
import { removeStrays } from './recovery.ts';

describe('the start of a server', () => {
  let library: Library;
  beforeAll(async () => {
    library = await openLibrary();
  });
  afterAll(() => library.close());

  async function storedKeys(): Promise<StorageKey[]> {
    const keys: StorageKey[] = [];
    for await (const objects of library.storage.list()) keys.push(...objects.map(({ key }) => key));
    return keys.toSorted();
  }

  async function store(storageKey: StorageKey) {
    const path = join(await library.storage.makeTempDir(), 'file');
    await writeFile(path, 'bytes');
    await library.storage.commit(path, storageKey);
    return { storageKey, filename: 'file', sizeBytes: 5n, checksum: 'ab' };
  }

  it('keeps every kind of file that a clip has, and removes those of clips that are gone, and what has no row', async () => {
    const { db, deletions, createMember, createReadyClip } = library;
    const owner = await createMember();
    const clip = await createReadyClip(owner, { tracks: Buffer.from('tracks') });
    const [small, sprite] = [await store(clipSmallKey(clip)), await store(clipSpriteKey(clip))];
    await db.replayClip.update({
      where: { id: clip.id },
      data: {
        smallFile: { create: { ...small, resourceType: 'REPLAY_SMALL_COPY', mimeType: 'video/mp4' } },
        spriteFile: { create: { ...sprite, resourceType: 'REPLAY_SPRITE', mimeType: 'image/jpeg' } },
      },
    });
    const kept = await storedKeys();
    expect(kept).toHaveLength(5);
    await store(clipTracksKey(clip));
    const log = createLog({ level: 'silent' });
    const start = async () => {
      await removeStrays({ ...library, log });
      await deletions.run(new AbortController().signal);
    };
    await start();
    expect(await storedKeys()).toEqual(kept);
    expect(await db.file.count()).toBe(kept.length);

    await db.user.delete({ where: { id: owner.user.id } });
    await start();
    expect(await storedKeys()).toEqual([]);
    expect(await db.file.count()).toBe(0);
  });
});
