import { expect, test } from 'vitest';
import { openDedicatedConnection } from './dedicated-connection.ts';
import { createTestDatabase } from './testing.ts';

test('questions at the same moment are asked one after the other, also behind one that is refused', async () => {
  const { url, drop } = await createTestDatabase();
  const connection = await openDedicatedConnection(url, {
    prepare: async () => undefined,
    onConnected: () => undefined,
    onNotification: () => undefined,
    onBroken: () => undefined,
  });
  // node-postgres warns of questions that it has to keep in line itself.
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on('warning', onWarning);

  const [first, refused, last] = await Promise.allSettled([
    connection.query('SELECT 1 AS one FROM pg_sleep(0.01)'),
    connection.query('SELECT nonsense'),
    connection.query('SELECT 2 AS two'),
  ]);
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect(first).toMatchObject({ value: [{ one: 1 }] });
  expect(refused).toMatchObject({ reason: { code: '42703' } });
  expect(last).toMatchObject({ value: [{ two: 2 }] });
  expect(warnings).toEqual([]);
  await connection.close();
  await drop();
});
