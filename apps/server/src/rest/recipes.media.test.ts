import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBufferedPeople, type BufferedPeople } from '../testing/buffered-people.ts';
import { addShare, makeKey } from '../testing/sharing-people.ts';

const run = promisify(execFile);

const page = await readFile(join(import.meta.dirname, '../../../../docs/press.md'), 'utf8');
/** The commands of the page for curl, each in one piece. */
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)]
  .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
  .filter((line) => line.startsWith('curl '));

let people: BufferedPeople;
beforeAll(async () => {
  people = await openBufferedPeople();
});
afterAll(() => people.remove());

it('has recipes for curl', () => {
  expect(commands.length).toBeGreaterThan(3);
});

it.each(commands)('%s', async (command) => {
  const visitor = await people.register();
  const sessionId = await addShare(people, visitor);
  const isMark = command.includes('/mark');
  // Only what goes on can be marked.
  if (isMark)
    await people.db.egressSession.update({
      where: { id: sessionId },
      data: { status: 'ACTIVE', endedAt: null },
    });
  const { key } = await makeKey(people, visitor, 'PRESS');
  const { stdout } = await run('bash', ['-ec', command], {
    env: { ...process.env, KEY: key, HINDSIGHT: people.origin },
  });
  expect(JSON.parse(stdout)).toMatchObject(
    isMark ? { label: 'goal' } : { clipId: expect.any(String) as unknown },
  );
});
