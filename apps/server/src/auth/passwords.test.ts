import { readFile } from 'node:fs/promises';
import { MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPasswords, type Passwords } from './passwords.ts';

let passwords: Passwords;
beforeAll(() => {
  passwords = startPasswords();
});
afterAll(() => passwords.close());

it('tells the right password from others, and from that of nobody', async () => {
  const stored = await passwords.hash('correct horse');
  expect(await passwords.isRight(stored, 'correct horse')).toBe(true);
  expect(await passwords.isRight(stored, 'wrong horse')).toBe(false);
  expect(await passwords.isRight(undefined, 'nobody has this password')).toBe(false);
});

it('does not keep files waiting', async () => {
  await passwords.isRight(undefined, 'so that the thread has started');
  const ended: string[] = [];
  await Promise.all([
    ...Array.from({ length: 16 }, async (_, index) => {
      await passwords.isRight(undefined, `guess ${index}`);
      ended.push('password');
    }),
    readFile(import.meta.filename).then(() => ended.push('file')),
  ]);
  // Behind 16 hashes on the four threads that read files, the file would not be opened before the 13th was done.
  expect(ended.indexOf('file')).toBeLessThan(8);
});

it('refuses what would wait too long, and goes on afterwards', { timeout: MINUTE }, async () => {
  const burst = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => passwords.isRight(undefined, `guess ${index}`)),
  );
  const refused = burst.filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThanOrEqual(25);
  expect(refused.length).toBeLessThan(45);
  for (const result of refused) expect(result).toMatchObject({ reason: { code: 'SIGN_IN_BUSY' } });
  expect(await passwords.isRight(undefined, 'later')).toBe(false);
});
