import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { emptyLiveKit, idleRecorder } from '../testing/ports.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';
import { startPasswords } from './passwords.ts';

const ACCOUNT = { username: 'ada', password: 'correct horse' };

let server: TemporaryApp;
let ada: ApiClient;
beforeAll(async () => {
  // Those that count take as long as in use.
  const passwords = startPasswords();
  server = await startTemporaryApp({}, { livekit: emptyLiveKit, recorder: idleRecorder, passwords });
  ada = createApiClient(server.origin);
  await ada.mutate('auth.register', ACCOUNT);
});
afterAll(() => server.remove());

it('answers some of a burst of sign-ins, and refuses the others before their passwords are hashed', async () => {
  const codes = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      ada.mutate('auth.login', { username: `somebody${index}`, password: 'wrong' }).then(
        () => 'signed in',
        ({ code, status }: { code: string; status: number }) => `${code} ${status}`,
      ),
    ),
  );
  const counted = codes.filter((code) => code === 'INVALID_CREDENTIALS 401');
  const refused = codes.filter((code) => code === 'SIGN_IN_BUSY 503');
  expect(counted.length + refused.length).toBe(50);
  expect(refused.length).toBeGreaterThan(0);

  // What was refused has found out nothing and is not held against the address, from which others sign in too.
  const { _sum: sum } = await server.app.database.attemptCount.aggregate({
    where: { key: { startsWith: 'login-address:' } },
    _sum: { count: true },
  });
  expect(sum.count).toBe(counted.length);
  await ada.mutate('auth.login', ACCOUNT);
});

it('does not count registrations against their address that were refused because it was busy', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, index) =>
      ada.mutate('auth.register', { username: `newcomer${index}`, password: 'correct horse' }).then(
        () => 'registered',
        ({ code }: { code: string }) => code,
      ),
    ),
  );
  const registered = outcomes.filter((outcome) => outcome === 'registered');
  expect(outcomes.filter((outcome) => outcome === 'SIGN_IN_BUSY')).toHaveLength(40 - registered.length);
  expect(registered.length).toBeLessThan(40);
  const { _sum: sum } = await server.app.database.attemptCount.aggregate({
    where: { key: { startsWith: 'register:' } },
    _sum: { count: true },
  });
  // The first account of the instance is Ada's.
  expect(sum.count).toBe(registered.length + 1);
});
