import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SECOND } from '@hindsight/shared/units';
import { sendUntilAnswered } from './send-until-answered.ts';

const NO_ANSWER = new Error('no answer');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sends a request over a network that does something else each time: it answers, fails, or never does either. */
function sendOver(network: (() => Promise<string>)[]) {
  const sent: { at: number; signal: AbortSignal }[] = [];
  const startedAt = Date.now();
  const onUnanswered = vi.fn<() => void>();
  const answer = sendUntilAnswered({
    send(signal) {
      sent.push({ at: Date.now() - startedAt, signal });
      return network[sent.length - 1]?.() ?? silence();
    },
    isNoAnswer: (error) => error === NO_ANSWER,
    onUnanswered,
  });
  const settled = vi.fn<(outcome: unknown) => void>();
  answer.then(settled, settled);
  return { sent, onUnanswered, settled };
}

const silence = () => new Promise<string>(() => undefined);
const fail = () => Promise.reject(NO_ANSWER);
const after = (ms: number, text: string) => () =>
  new Promise<string>((resolve) => void setTimeout(resolve, ms, text));

test('a request that is answered is sent once, and nobody hears of a wait', async () => {
  const { sent, onUnanswered, settled } = sendOver([after(100, 'saved')]);
  await vi.advanceTimersByTimeAsync(60 * SECOND);
  expect(settled.mock.calls).toEqual([['saved']]);
  expect(sent).toHaveLength(1);
  expect(onUnanswered).not.toHaveBeenCalled();
});

test('a request without an answer is told of within 3 s, and is sent again until there is one', async () => {
  const { sent, onUnanswered, settled } = sendOver([silence, silence, silence, after(10, 'saved')]);
  await vi.advanceTimersByTimeAsync(3 * SECOND);
  expect(onUnanswered).toHaveBeenCalledOnce();
  expect(sent.filter(({ signal }) => !signal.aborted)).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(8 * SECOND);
  expect(sent.map(({ at }) => at)).toEqual([0, 4500, 9000]);
  // The connections that others need stay free.
  expect(sent.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  await vi.advanceTimersByTimeAsync(60 * SECOND);
  expect(settled.mock.calls).toEqual([['saved']]);
  expect(sent).toHaveLength(4);
  expect(sent.slice(0, 3).every(({ signal }) => signal.aborted)).toBe(true);
});

test('what fails at once is tried again after a second, for as long as it takes', async () => {
  const { sent, settled } = sendOver([...Array.from({ length: 90 }, () => fail), after(1, 'saved')]);
  await vi.advanceTimersByTimeAsync(89 * SECOND);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2 * SECOND);
  expect(settled.mock.calls).toEqual([['saved']]);
  expect(sent).toHaveLength(91);
});

test('a late answer counts, although the request was sent again meanwhile', async () => {
  const { sent, settled } = sendOver([after(6 * SECOND, 'first'), silence]);
  await vi.advanceTimersByTimeAsync(60 * SECOND);
  expect(settled.mock.calls).toEqual([['first']]);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.signal.aborted).toBe(true);
});

test('a refusal is an answer', async () => {
  const refusal = new Error('The storage is full.');
  const { sent, settled } = sendOver([fail, () => Promise.reject(refusal)]);
  await vi.advanceTimersByTimeAsync(60 * SECOND);
  expect(settled.mock.calls).toEqual([[refusal]]);
  expect(sent).toHaveLength(2);
});
