import { Alert, Button, Switch, Text, TextInput, Title } from '@mantine/core';
import { useId, useState } from 'react';
import type { Action } from '@hindsight/shared/community/permissions';
import { roleNameSchema, type RoleDto, type RoleUpdateInput } from '@hindsight/shared/community/role';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { SettingGroup, SettingRow } from '../../ui/setting-row.tsx';
import { ACTION_GROUPS, ACTION_TEXTS } from './action-texts.ts';
import { canManageRole } from './can-manage-role.ts';
import classes from './roles-panel.module.css';

/** Edits what a role is called and allows. Each change is saved at once. */
export function RoleEditor({ role, myActions }: { role: RoleDto; myActions: readonly Action[] }) {
  const utils = trpc.useUtils();
  const update = trpc.role.update.useMutation({
    onSuccess: (changed) =>
      utils.role.list.setData({ communityId: role.communityId }, (roles) =>
        roles?.map((other) => (other.id === changed.id ? changed : other)),
      ),
    onError: (error) => announceError(presentError(error)),
    onSettled: () => Promise.all([utils.role.invalidate(), utils.community.invalidate()]),
  });
  const isMine = canManageRole(myActions, role);
  const shownActions = (update.isPending ? update.variables.actions : undefined) ?? role.actions;
  const save = (change: Omit<RoleUpdateInput, 'roleId'>) => update.mutate({ roleId: role.id, ...change });

  return (
    <section className={classes.editor} aria-label={`Role ${role.name}`}>
      {!isMine && (
        <Alert color="gray" variant="light">
          This role allows more than yours do here, so only its holders can change it.
        </Alert>
      )}
      <RoleName key={role.name} name={role.name} isDisabled={!isMine} onSave={(name) => save({ name })} />
      {role.isDefault && (
        <Text c="dimmed">Everybody who joins gets this role, so everybody may do what it allows.</Text>
      )}
      {ACTION_GROUPS.map(({ title, actions }) => (
        <div key={title}>
          <Title order={3} size="h3" mb={8}>
            {title}
          </Title>
          <SettingGroup label={title}>
            {actions.map((action) => (
              <ActionRow
                key={action}
                action={action}
                isOn={shownActions.includes(action)}
                isDisabled={!isMine || !myActions.includes(action) || update.isPending}
                isOutOfReach={!myActions.includes(action)}
                onChange={(isOn) =>
                  save({
                    actions: isOn
                      ? [...role.actions, action]
                      : role.actions.filter((other) => other !== action),
                  })
                }
              />
            ))}
          </SettingGroup>
        </div>
      ))}
      {isMine && !role.isDefault && <RemoveRole role={role} />}
    </section>
  );
}

function ActionRow({
  action,
  isOn,
  isDisabled,
  isOutOfReach,
  onChange,
}: {
  action: Action;
  isOn: boolean;
  isDisabled: boolean;
  isOutOfReach: boolean;
  onChange: (isOn: boolean) => void;
}) {
  const hintId = useId();
  const { name, hint } = ACTION_TEXTS[action];
  return (
    <SettingRow
      name={name}
      hint={isOutOfReach ? `${hint} You cannot give it, since you may not do it yourself.` : hint}
      hintId={hintId}
      isDimmed={isOutOfReach}
    >
      <Switch
        aria-label={name}
        aria-describedby={hintId}
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </SettingRow>
  );
}

function RoleName({
  name,
  isDisabled,
  onSave,
}: {
  name: string;
  isDisabled: boolean;
  onSave: (name: string) => void;
}) {
  const [draft, setDraft] = useState(name);
  const parsed = roleNameSchema.safeParse(draft);
  return (
    <TextInput
      label="Name"
      value={draft}
      maxLength={40}
      disabled={isDisabled}
      error={parsed.success ? null : 'A role needs a name.'}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={() => {
        if (parsed.success && parsed.data !== name) onSave(parsed.data);
        else setDraft(name);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(name);
      }}
    />
  );
}

function RemoveRole({ role }: { role: RoleDto }) {
  const utils = trpc.useUtils();
  const [isAsking, setAsking] = useState(false);
  const remove = trpc.role.remove.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => {
      setAsking(false);
      return Promise.all([utils.role.invalidate(), utils.member.invalidate(), utils.community.invalidate()]);
    },
  });
  return (
    <div>
      <Button variant="outline" color="red" onClick={() => setAsking(true)}>
        Delete role
      </Button>
      <ConfirmDialog
        isOpen={isAsking}
        title={`Delete the role “${role.name}”?`}
        action="Delete role"
        isPending={remove.isPending}
        onConfirm={() => remove.mutate({ roleId: role.id })}
        onClose={() => setAsking(false)}
      >
        {role.memberCount === 0
          ? 'Nobody has it.'
          : `${role.memberCount === 1 ? 'One member loses' : `${role.memberCount} members lose`} it, and what only it lets them do.`}
      </ConfirmDialog>
    </div>
  );
}
