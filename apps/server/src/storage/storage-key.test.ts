import { describe, expect, it } from 'vitest';
import { clipPosterKey, clipVideoKey, isStorageKey } from './storage-key.ts';

const CLIP = { userId: '01a1fdab-921c-76fd-8ef9-1fd7870b959a', id: '01a1fdab-e377-741a-ab65-cb88854188a8' };

describe('storage keys', () => {
  it('have one folder for each user', () => {
    expect(clipVideoKey(CLIP)).toBe(`replays/${CLIP.userId}/${CLIP.id}.mp4`);
    expect(clipPosterKey(CLIP)).toBe(`replays/${CLIP.userId}/${CLIP.id}.jpg`);
  });

  it.each(['..', '../../etc', '', 'a/b', `${CLIP.userId}/..`, `${CLIP.userId}\n`])(
    'refuse the user %j',
    (userId) => {
      expect(() => clipVideoKey({ ...CLIP, userId })).toThrow(RangeError);
    },
  );

  it.each([
    `/replays/${CLIP.userId}/${CLIP.id}.mp4`,
    `replays/${CLIP.userId}/${CLIP.id}.exe`,
    `replays/${CLIP.userId}/../${CLIP.id}.mp4`,
    `replays/${CLIP.userId}/${CLIP.id}.mp4\n`,
    `tmp/${CLIP.id}.mp4`,
  ])('are not %j', (name) => {
    expect(isStorageKey(name)).toBe(false);
  });
});
