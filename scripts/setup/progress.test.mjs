import { expect, it } from 'vitest';
import { createProgress } from './progress.mjs';

it('tells of each step, and of what goes on beside them', async () => {
  /** @type {string[]} */
  const lines = [];
  const progress = createProgress(2, (line) => lines.push(line));
  /** @type {PromiseWithResolvers<string>} */
  const built = Promise.withResolvers();
  const building = progress.begin((log) => {
    log('Building …');
    return built.promise;
  });
  await progress.step(
    'Installing',
    async () => 'up to date',
    (outcome) => outcome,
  );
  built.resolve('/path');
  await progress.step(
    'Looking',
    () => building,
    (path) => path,
  );
  expect(lines.map((line) => line.replace(/\d+\.\d s/, 'n s'))).toEqual([
    '      Building …',
    '[1/2] Installing …',
    '      up to date (n s)',
    '[2/2] Looking …',
    '      /path (n s)',
  ]);
});

it('fails a step as soon as something beside it fails', async () => {
  const progress = createProgress(2, () => {});
  /** @type {PromiseWithResolvers<string>} */
  const built = Promise.withResolvers();
  void progress.begin(() => built.promise);
  const installing = progress.step('Installing', () => new Promise(() => {}));
  built.reject(new Error('no Go'));
  await expect(installing).rejects.toThrow('no Go');
  await expect(progress.step('Building', async () => 'built')).rejects.toThrow('no Go');
});
