import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serverOrigin } from './paired-server.ts';
import { refusal } from './refusal.ts';
import { badgeText, clipLength } from './texts.ts';

test.each([
  ['hindsight.example', 'https://hindsight.example'],
  [' https://hindsight.example/c/1 ', 'https://hindsight.example'],
  ['http://localhost:3000', 'http://localhost:3000'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['http://[::1]:3000', 'http://[::1]:3000'],
  ['http://hindsight.example', null],
  ['http://localhost.example', null],
  ['http://192.168.1.9:3000', null],
  ['', null],
  ['ftp://hindsight.example', null],
  ['https://', null],
])('the address %j is of the server %s', (text, origin) => {
  expect(serverOrigin(text)).toBe(origin);
});

test.each([
  [0, '0s'],
  [45.9, '45s'],
  [134, '2m'],
  [600, '10m'],
])('%d seconds fit on the badge as %s', (seconds, text) => {
  expect(badgeText(seconds)).toBe(text);
});

test('the length of a clip is said as everywhere', () => {
  expect(clipLength(134.4)).toBe('2:14');
});

test.each([
  [412, { error: { code: 'NO_SEGMENTS_FOUND' } }, 'Nothing is being recorded'],
  [401, { error: { code: 'UNAUTHENTICATED' } }, 'The key no longer works'],
  [
    507,
    { error: { code: 'QUOTA_EXCEEDED', message: 'Full.', remedy: 'Delete clips.' } },
    'Nothing was saved',
  ],
  [502, null, 'Nothing was saved'],
])('a refusal with %d is said in words', (status, answer, title) => {
  expect(refusal(status, answer)).toMatchObject({ isDone: false, title });
});

test('the extension asks for no site beforehand, and its shortcuts work in any program', async () => {
  const manifest = JSON.parse(
    await readFile(join(import.meta.dirname, '../public/manifest.json'), 'utf8'),
  ) as { host_permissions?: unknown; permissions: string[]; commands: Record<string, { global?: boolean }> };
  expect(manifest.host_permissions).toBeUndefined();
  expect(manifest.permissions).toEqual(['alarms', 'notifications', 'offscreen', 'scripting', 'storage']);
  expect(Object.values(manifest.commands).map(({ global }) => global)).toEqual([true, true, true]);
});
