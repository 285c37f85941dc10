import { describe, expect, it } from 'vitest';
import { parseCandidate } from './ice-candidate.ts';

describe('parseCandidate', () => {
  it.each([
    [
      '{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0}',
      { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 },
    ],
    ['{"candidate":"candidate:1","sdpMid":null,"usernameFragment":"x"}', { candidate: 'candidate:1' }],
    ['{"candidate":7}', null],
    ['{}', null],
    ['null', null],
    ['"candidate:1"', null],
    ['{"candidate":', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(parseCandidate(text)).toEqual(expected);
  });
});
