import { expect, it } from 'vitest';
import { voiceChanges } from './voice-changes.ts';

const none = { keep: [], forget: [], begun: [], ended: [] };

it.each([
  ['nobody is there', { present: [], formerly: [], now: [], allowed: [] }, {}],
  ['somebody is there who has not agreed', { present: ['a'], formerly: [], now: [], allowed: [] }, {}],
  [
    'somebody joins or agrees',
    { present: ['a'], formerly: [], now: [], allowed: ['a'] },
    { keep: ['a'], begun: ['a'] },
  ],
  ['nothing has changed', { present: ['a'], formerly: ['a'], now: ['a'], allowed: ['a'] }, { keep: ['a'] }],
  ['somebody only leaves', { present: [], formerly: ['a'], now: ['a'], allowed: ['a'] }, { ended: ['a'] }],
  [
    'somebody comes back',
    { present: ['a'], formerly: ['a'], now: [], allowed: ['a'] },
    { keep: ['a'], begun: ['a'] },
  ],
  [
    'somebody withdraws',
    { present: ['a'], formerly: ['a'], now: ['a'], allowed: [] },
    { forget: ['a'], ended: ['a'] },
  ],
  ['somebody who left withdraws', { present: [], formerly: ['a'], now: [], allowed: [] }, { forget: ['a'] }],
  [
    'one withdraws while another agrees',
    { present: ['a', 'b', 'c'], formerly: ['a', 'c'], now: ['a', 'c'], allowed: ['b', 'c'] },
    { keep: ['b', 'c'], forget: ['a'], begun: ['b'], ended: ['a'] },
  ],
])('when %s', (_name, { allowed, ...state }, expected) => {
  expect(voiceChanges({ ...state, allowed: new Set(allowed) })).toEqual({ ...none, ...expected });
});
