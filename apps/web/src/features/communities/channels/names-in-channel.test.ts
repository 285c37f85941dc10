import { expect, test } from 'vitest';
import { namesInChannel } from './names-in-channel.ts';

test.each([
  [[], 'Nobody is here yet'],
  [['ada'], 'ada'],
  [['ada', 'bo'], 'ada and bo'],
  [['ada', 'bo', 'cleo', 'dan', 'eve'], 'ada, bo, cleo, and 2 more'],
])('%j: %s', (names, words) => {
  expect(namesInChannel(names)).toBe(words);
});
