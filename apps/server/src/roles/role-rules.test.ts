import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import { describe, expect, it } from 'vitest';
import { byPower, hasAllActions, requireAllActions } from './role-rules.ts';

describe('who may grant what', () => {
  it.each<[string, Action[], Action[], boolean]>([
    ['everything, by somebody who may do everything', [...ACTIONS], [...ACTIONS], true],
    ['nothing by anybody', [], [], true],
    ['what one may do', ['MANAGE_ROLES', 'CONNECT'], ['CONNECT'], true],
    ['what one may not do', ['MANAGE_ROLES'], ['CONNECT'], false],
    ['partly what one may do', ['MANAGE_ROLES', 'CONNECT'], ['CONNECT', 'CAPTURE_REPLAY'], false],
  ])('%s', (_name, mine, wanted, isAllowed) => {
    expect(hasAllActions(mine, wanted)).toBe(isAllowed);
    const attempt = () => requireAllActions(mine, wanted);
    if (isAllowed) expect(attempt).not.toThrow();
    else expect(attempt).toThrow(expect.objectContaining({ code: 'PERMISSION_DENIED' }));
  });
});

it('shows powerful roles first, equals by name', () => {
  const roles: { name: string; actions: Action[] }[] = [
    { name: 'Member', actions: ['CONNECT'] },
    { name: 'Guest', actions: ['CONNECT'] },
    { name: 'Admin', actions: [...ACTIONS] },
  ];
  expect(roles.toSorted(byPower).map(({ name }) => name)).toEqual(['Admin', 'Guest', 'Member']);
});
