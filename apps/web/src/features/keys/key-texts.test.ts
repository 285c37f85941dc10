import type { ProgramKeyDto } from '@hindsight/shared/account/program-key';
import { expect, test } from 'vitest';
import { keyState } from './key-texts.ts';

const NOW = '2026-11-29T12:00:00.000Z';
const key: ProgramKeyDto = {
  id: 'key',
  name: 'Deck',
  scope: 'PRESS',
  pressSeconds: null,
  createdAt: NOW,
  lastUsedAt: null,
  expiresAt: null,
};

test.each([
  [{}, 'Press · never used · never expires'],
  [{ pressSeconds: 30 }, 'Press 30 s · never used · never expires'],
  [{ scope: 'READ', lastUsedAt: '2026-11-29T10:00:00.000Z' }, 'Read · used 2 hours ago · never expires'],
  [{ expiresAt: '2026-12-01T12:00:00.000Z' }, 'Press · never used · works until Dec 1, 2026'],
  [{ expiresAt: NOW }, 'Press · never used · expired Nov 29, 2026'],
] as const)('a key with %o is "%s"', (changes, text) => {
  expect(keyState({ ...key, ...changes }, Date.parse(NOW), 'en-US', 'UTC')).toBe(text);
});
