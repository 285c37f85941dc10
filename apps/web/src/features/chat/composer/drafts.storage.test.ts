import { expect, test } from 'vitest';
import { EMPTY_DRAFT, loadDraft, saveDraft } from './drafts.storage.ts';

function memoryStorage() {
  const kept = new Map<string, string>();
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
}

test('each place and account keeps its own', () => {
  const storage = memoryStorage();
  const clip = { id: 'c', title: 'Photo finish', durationMs: 1000, posterUrl: null };
  saveDraft('ada', 'channel:1', { text: 'half a sen', clip }, storage);
  expect(loadDraft('ada', 'channel:1', storage)).toEqual({ text: 'half a sen', clip });
  expect(loadDraft('ada', 'channel:2', storage)).toEqual(EMPTY_DRAFT);
  expect(loadDraft('bo', 'channel:1', storage)).toEqual(EMPTY_DRAFT);
});

test('an empty one leaves nothing behind', () => {
  const storage = memoryStorage();
  saveDraft('ada', 'channel:1', { text: 'x', clip: null }, storage);
  saveDraft('ada', 'channel:1', EMPTY_DRAFT, storage);
  expect(storage.kept.size).toBe(0);
});

test('what isn’t a draft is none, and a storage that refuses is no error', () => {
  const broken = { ...memoryStorage(), getItem: () => '{"no": 1' };
  expect(loadDraft('ada', 'channel:1', broken)).toEqual(EMPTY_DRAFT);
  const full = {
    ...memoryStorage(),
    setItem() {
      throw new Error('full');
    },
  };
  expect(() => saveDraft('ada', 'channel:1', { text: 'x', clip: null }, full)).not.toThrow();
});
