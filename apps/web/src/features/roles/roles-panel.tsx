import { Skeleton } from '@mantine/core';
import { useState } from 'react';
import type { Action } from '@hindsight/shared/community/permissions';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { NewRoleDialog } from './new-role-dialog.tsx';
import { RoleEditor } from './role-editor.tsx';
import { RoleList } from './role-list.tsx';
import classes from './roles-panel.module.css';

/** Shows a community's roles, and the one that is selected. */
export function RolesPanel({
  communityId,
  myActions,
}: {
  communityId: string;
  myActions: readonly Action[];
}) {
  const { data: roles, error, refetch } = trpc.role.list.useQuery({ communityId });
  const [chosenId, setChosenId] = useState<string | null>(null);
  const [isCreating, setCreating] = useState(false);

  if (roles === undefined)
    return error === null ? (
      <div className={classes.panel} aria-busy="true" aria-label="Loading roles">
        <Skeleton h={180} />
        <Skeleton h={420} />
      </div>
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );

  // The first role is shown when the selected one was deleted in the meantime.
  const selected = roles.find(({ id }) => id === chosenId) ?? roles[0];
  return (
    <div className={classes.panel}>
      <RoleList
        roles={roles}
        selectedId={selected?.id}
        onSelect={setChosenId}
        onCreate={() => setCreating(true)}
      />
      {selected !== undefined && <RoleEditor key={selected.id} role={selected} myActions={myActions} />}
      <NewRoleDialog
        communityId={communityId}
        myActions={myActions}
        isOpen={isCreating}
        onClose={() => setCreating(false)}
        onCreated={setChosenId}
      />
    </div>
  );
}
