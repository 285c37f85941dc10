import { z } from 'zod';

/** Everything a role can allow. The three replay actions are the product's own; the rest is what a voice community needs. */
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

/** A role that every community is made with. `isDefault` roles are given to whoever joins. */
export interface RoleTemplate {
  name: string;
  actions: readonly Action[];
  isDefault: boolean;
}

/** What every member may do unless it is taken away. */
export const MEMBER_ACTIONS: readonly Action[] = ['SEND_MESSAGES', 'CONNECT', 'SHARE_SCREEN'];
/** What recording one's own share and saving clips of it takes. */
export const REPLAY_ACTIONS: readonly Action[] = ['ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'];

export const ADMIN_ROLE = 'Admin';
export const MODERATOR_ROLE = 'Moderator';
export const MEMBER_ROLE = 'Member';

/**
 * The roles a new community starts with.
 * @param membersMayReplay true for the first community of an instance, so that the first evening works
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

/** The union of what a member's roles allow; an instance admin may do everything, member or not. */
export function allowedActions(member: {
  isInstanceAdmin: boolean;
  roles: readonly { actions: readonly Action[] }[];
}): Action[] {
  if (member.isInstanceAdmin) return [...ACTIONS];
  const allowed = new Set(member.roles.flatMap((role) => role.actions));
  return ACTIONS.filter((action) => allowed.has(action));
}
