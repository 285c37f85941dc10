import { z } from 'zod';

/**
 * Actions are everything that a role can allow. The three replay actions belong to this product; a voice community needs the
 * rest.
 */
export const ACTIONS = [
  'MANAGE_COMMUNITY',
  'MANAGE_CHANNELS',
  'MANAGE_ROLES',
  'SEND_MESSAGES',
  'CONNECT',
  'SHARE_SCREEN',
  'ENABLE_REPLAY_BUFFER',
  'CAPTURE_REPLAY',
  'MANAGE_REPLAY_LIMITS',
] as const;

export const actionSchema = z.enum(ACTIONS);
export type Action = z.infer<typeof actionSchema>;

/** Every community is created with these roles. Whoever joins is given the `isDefault` roles. */
export interface RoleTemplate {
  name: string;
  actions: readonly Action[];
  isDefault: boolean;
}

/** Every member may do these unless their roles are changed. */
export const MEMBER_ACTIONS: readonly Action[] = ['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN'];
/** These are needed to record one's own share and to save clips of it. */
export const REPLAY_ACTIONS: readonly Action[] = ['ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'];

export const ADMIN_ROLE = 'Admin';
const MODERATOR_ROLE = 'Moderator';
const MEMBER_ROLE = 'Member';

/**
 * Returns the roles that a new community starts with.
 * @param membersMayReplay is true for the first community of an instance, so that the first users can record at once
 */
export function defaultRoles({ membersMayReplay }: { membersMayReplay: boolean }): RoleTemplate[] {
  return [
    { name: ADMIN_ROLE, actions: ACTIONS, isDefault: false },
    { name: MODERATOR_ROLE, actions: [...MEMBER_ACTIONS, ...REPLAY_ACTIONS], isDefault: false },
    {
      name: MEMBER_ROLE,
      actions: membersMayReplay ? [...MEMBER_ACTIONS, ...REPLAY_ACTIONS] : MEMBER_ACTIONS,
      isDefault: true,
    },
  ];
}

/** Returns the union of what a member's roles allow. An instance admin may do everything, member or not. */
export function allowedActions(member: {
  isInstanceAdmin: boolean;
  roles: readonly { actions: readonly Action[] }[];
}): Action[] {
  if (member.isInstanceAdmin) return [...ACTIONS];
  const allowed = new Set(member.roles.flatMap((role) => role.actions));
  return ACTIONS.filter((action) => allowed.has(action));
}
