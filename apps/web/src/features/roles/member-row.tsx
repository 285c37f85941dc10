import { Badge, Menu, Text } from '@mantine/core';
import { IconPencil, IconUserMinus } from '@tabler/icons-react';
import type { MemberDto } from '@hindsight/shared/community/member';
import type { Action } from '@hindsight/shared/community/permissions';
import type { RoleDto } from '@hindsight/shared/community/role';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatDate } from '../../format/format-date.ts';
import { announceError } from '../../ui/announce-error.ts';
import { IconButton } from '../../ui/icon-button.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import { canManageRole } from './can-manage-role.ts';
import classes from './member-row.module.css';

/** Shows a member with their roles, and what the viewer may change of them. */
export function MemberRow({
  communityId,
  member,
  roles,
  myActions,
  isMe,
  onRemove,
}: {
  communityId: string;
  member: MemberDto;
  /** The roles are undefined while they load. */
  roles: readonly RoleDto[] | undefined;
  myActions: readonly Action[];
  isMe: boolean;
  onRemove: () => void;
}) {
  const { username, joinedAt, isInstanceAdmin } = member;
  return (
    <li className={classes.row}>
      <PersonAvatar name={username} size={36} />
      <div className={classes.words}>
        <Text fw={550} truncate>
          {username}
          {isMe && (
            <Text component="span" c="dimmed">
              {' '}
              (you)
            </Text>
          )}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {isInstanceAdmin ? 'Admin of this server · ' : ''}joined {formatDate(joinedAt)}
        </Text>
      </div>
      <div className={classes.roles}>
        {member.roles.map(({ id, name }) => (
          <Badge key={id} variant="light" color="gray" tt="none" size="lg" className={classes.chip}>
            {name}
          </Badge>
        ))}
        {member.roles.length === 0 && (
          <Text size="xs" c="dimmed">
            No role
          </Text>
        )}
        {roles !== undefined && myActions.includes('MANAGE_ROLES') && (
          <RolesMenu communityId={communityId} member={member} roles={roles} myActions={myActions} />
        )}
      </div>
      {myActions.includes('MANAGE_COMMUNITY') && !isMe && (
        <IconButton label={`Remove ${username}`} onClick={onRemove}>
          <IconUserMinus size={18} />
        </IconButton>
      )}
    </li>
  );
}

function RolesMenu({
  communityId,
  member: { userId, username, roles: held },
  roles,
  myActions,
}: {
  communityId: string;
  member: MemberDto;
  roles: readonly RoleDto[];
  myActions: readonly Action[];
}) {
  const utils = trpc.useUtils();
  const update = trpc.member.update.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => Promise.all([utils.member.invalidate(), utils.role.invalidate()]),
  });
  const heldIds = held.map(({ id }) => id);
  const shownIds = update.isPending ? update.variables.roleIds : heldIds;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <IconButton label={`Roles of ${username}`}>
          <IconPencil size={18} />
        </IconButton>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        <Menu.Label>Roles of {username}</Menu.Label>
        {roles.map((role) => (
          <Menu.CheckboxItem
            key={role.id}
            checked={shownIds.includes(role.id)}
            disabled={!canManageRole(myActions, role) || update.isPending}
            onChange={(isOn) =>
              update.mutate({
                communityId,
                userId,
                roleIds: isOn ? [...heldIds, role.id] : heldIds.filter((id) => id !== role.id),
              })
            }
          >
            {role.name}
          </Menu.CheckboxItem>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
