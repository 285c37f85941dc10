import { Badge, Button, Text, UnstyledButton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { RoleDto } from '@hindsight/shared/community/role';
import classes from './roles-panel.module.css';

/** Lists all roles, the most powerful first, and offers to add one. */
export function RoleList({
  roles,
  selectedId,
  onSelect,
  onCreate,
}: {
  roles: readonly RoleDto[];
  selectedId: string | undefined;
  onSelect: (roleId: string) => void;
  onCreate: () => void;
}) {
  return (
    <nav className={classes.list} aria-label="Roles">
      {roles.map(({ id, name, memberCount, isDefault }) => (
        <UnstyledButton
          key={id}
          className={classes.item}
          aria-current={id === selectedId || undefined}
          onClick={() => onSelect(id)}
        >
          <span className={classes.itemName}>
            <Text component="span" fw={550} truncate>
              {name}
            </Text>
            {isDefault && (
              <Badge size="sm" variant="light" color="gray" tt="none">
                Default
              </Badge>
            )}
          </span>
          <Text component="span" size="xs" c="dimmed" className="tabular">
            {memberCount === 1 ? '1 member' : `${memberCount} members`}
          </Text>
        </UnstyledButton>
      ))}
      <Button
        variant="default"
        className={classes.create}
        leftSection={<IconPlus size={16} aria-hidden />}
        onClick={onCreate}
      >
        New role
      </Button>
    </nav>
  );
}
