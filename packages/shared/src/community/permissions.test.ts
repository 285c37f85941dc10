import { describe, expect, it } from 'vitest';
import { ACTIONS, ADMIN_ROLE, allowedActions, defaultRoles } from './permissions.ts';

const actionsOf = (name: string, membersMayReplay: boolean) =>
  defaultRoles({ membersMayReplay }).find((role) => role.name === name)?.actions ?? [];

describe('default roles', () => {
  it('give admins all actions, and moderators the buffer and captures but not the limits', () => {
    expect(actionsOf(ADMIN_ROLE, false)).toEqual(ACTIONS);
    expect(actionsOf('Moderator', false)).toContain('ENABLE_REPLAY_BUFFER');
    expect(actionsOf('Moderator', false)).toContain('CAPTURE_REPLAY');
    expect(actionsOf('Moderator', false)).not.toContain('MANAGE_REPLAY_LIMITS');
  });

  it('give members replay actions only when the community is created with them', () => {
    expect(actionsOf('Member', false)).toEqual(['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN']);
    expect(actionsOf('Member', true)).toEqual([
      'SEND_MESSAGES',
      'CONNECT',
      'SHARE_SCREEN',
      'ENABLE_REPLAY_BUFFER',
      'CAPTURE_REPLAY',
    ]);
  });

  it('give only the member role to whoever joins', () => {
    const given = defaultRoles({ membersMayReplay: true }).filter((role) => role.isDefault);
    expect(given.map((role) => role.name)).toEqual(['Member']);
  });
});

describe('allowedActions', () => {
  it('is the union of the roles, each action once', () => {
    const roles = [
      { actions: ['CONNECT', 'SHARE_SCREEN'] as const },
      { actions: ['CONNECT', 'CAPTURE_REPLAY'] as const },
    ];
    expect(allowedActions({ isInstanceAdmin: false, roles })).toEqual([
      'CONNECT',
      'SHARE_SCREEN',
      'CAPTURE_REPLAY',
    ]);
  });

  it('is nothing without a role and everything for an instance admin', () => {
    expect(allowedActions({ isInstanceAdmin: false, roles: [] })).toEqual([]);
    expect(allowedActions({ isInstanceAdmin: true, roles: [] })).toEqual([...ACTIONS]);
  });
});
