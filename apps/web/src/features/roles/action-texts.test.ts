import { ACTIONS } from '@hindsight/shared/community/permissions';
import { expect, test } from 'vitest';
import { ACTION_GROUPS, ACTION_TEXTS } from './action-texts.ts';

test('every action can be given somewhere, once, and says what it does in a sentence', () => {
  expect(ACTION_GROUPS.flatMap(({ actions }) => actions).toSorted()).toEqual(ACTIONS.toSorted());
  for (const { hint } of Object.values(ACTION_TEXTS)) expect(hint).toMatch(/^\S.*\.$/);
});
