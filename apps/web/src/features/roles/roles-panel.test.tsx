// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import { ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import type { RoleDto } from '@hindsight/shared/community/role';
import { describe, expect, test } from 'vitest';
import { refusal } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { RolesPanel } from './roles-panel.tsx';

const COMMUNITY_ID = '0199e7a0-0000-7000-8000-000000000001';
const admin: RoleDto = {
  id: '0199e7a0-0000-7000-8000-000000000002',
  communityId: COMMUNITY_ID,
  name: 'Admin',
  actions: [...ACTIONS],
  isDefault: false,
  memberCount: 1,
};
const member: RoleDto = {
  ...admin,
  id: '0199e7a0-0000-7000-8000-000000000003',
  name: 'Member',
  actions: ['CONNECT'],
  isDefault: true,
  memberCount: 4,
};

function show(myActions: readonly Action[], roles = [admin, member]) {
  const updates: unknown[] = [];
  renderApp(<RolesPanel communityId={COMMUNITY_ID} myActions={myActions} />, {
    'role.list': () => roles,
    'role.update': (input) => {
      updates.push(input);
      return { ...member, ...(input as Partial<RoleDto>) };
    },
  });
  return updates;
}

async function choose(name: string) {
  const list = await screen.findByRole('navigation', { name: 'Roles' });
  fireEvent.click(within(list).getByRole('button', { name: new RegExp(`^${name}`) }));
}

describe('the roles of a community', () => {
  test('are changed by a switch, at once', async () => {
    const updates = show([...ACTIONS]);
    await choose('Member');
    expect(screen.getByText(/^Everybody who joins gets this role/)).toBeDefined();
    fireEvent.click(screen.getByRole('switch', { name: 'Save clips' }));
    await expect.poll(() => updates).toEqual([{ roleId: member.id, actions: ['CONNECT', 'CAPTURE_REPLAY'] }]);
  });

  test('cannot give what one may not do, nor be changed when they can do more', async () => {
    show(['MANAGE_ROLES', 'CONNECT']);
    await choose('Admin');
    expect(screen.getByText(/allows more than yours/)).toBeDefined();
    expect(screen.getByRole('textbox', { name: 'Name' })).toHaveProperty('disabled', true);
    expect(screen.queryByRole('button', { name: 'Delete role' })).toBeNull();
    await choose('Member');
    expect(screen.getByRole('switch', { name: 'Save clips' })).toHaveProperty('disabled', true);
    expect(screen.getByRole('switch', { name: 'Join voice channels' })).toHaveProperty('disabled', false);
  });

  test('the default role cannot be deleted', async () => {
    show([...ACTIONS]);
    await choose('Member');
    expect(screen.queryByRole('button', { name: 'Delete role' })).toBeNull();
    await choose('Admin');
    expect(screen.getByRole('button', { name: 'Delete role' })).toBeDefined();
  });

  test('say when they cannot be had', async () => {
    renderApp(<RolesPanel communityId={COMMUNITY_ID} myActions={[...ACTIONS]} />, {
      'role.list': () => {
        throw refusal('INTERNAL');
      },
    });
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeDefined();
  });
});
