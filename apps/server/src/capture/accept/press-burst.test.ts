import { expect, it } from 'vitest';
import { createPressBurst } from './press-burst.ts';

it('is over when the last of several presses is accepted or refused', async () => {
  const burst = createPressBurst({ maxWaitMs: 60_000 });
  const heard: string[] = [];
  const [first, second] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const accepted = burst.accept(() => first.promise);
  const refused = burst.accept(() => second.promise);
  const over = burst.end().then(() => heard.push('over'));

  first.resolve('a clip');
  expect(await accepted).toBe('a clip');
  heard.push('accepted');
  second.reject(new Error('no more space'));
  await expect(refused).rejects.toThrow('no more space');
  await over;
  expect(heard).toEqual(['accepted', 'over']);
});

it('is over at once when nobody presses', async () => {
  await createPressBurst({ maxWaitMs: 60_000 }).end();
  const burst = createPressBurst({ maxWaitMs: 60_000 });
  expect(await burst.accept(() => Promise.resolve(1))).toBe(1);
  await burst.end();
});

it('keeps nobody waiting for long while people press all the time', async () => {
  const burst = createPressBurst({ maxWaitMs: 5 });
  const slow = Promise.withResolvers<void>();
  let isAccepted = false;
  const accepting = burst.accept(() => slow.promise.then(() => (isAccepted = true)));
  await burst.end();
  expect(isAccepted).toBe(false);
  slow.resolve();
  await accepting;
});
