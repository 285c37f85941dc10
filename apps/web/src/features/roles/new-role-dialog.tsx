import { Button, Group, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { MEMBER_ACTIONS, type Action } from '@hindsight/shared/community/permissions';
import { roleNameSchema } from '@hindsight/shared/community/role';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';

/** Asks for a name. The new role starts with what every member may do, as far as its maker may do it too. */
export function NewRoleDialog({
  communityId,
  myActions,
  isOpen,
  onClose,
  onCreated,
}: {
  communityId: string;
  myActions: readonly Action[];
  isOpen: boolean;
  onClose: () => void;
  onCreated: (roleId: string) => void;
}) {
  const utils = trpc.useUtils();
  const [name, setName] = useState('');
  const create = trpc.role.create.useMutation({
    async onSuccess(role) {
      await utils.role.list.invalidate({ communityId });
      onCreated(role.id);
      close();
    },
  });
  const parsed = roleNameSchema.safeParse(name);

  function close(): void {
    setName('');
    create.reset();
    onClose();
  }

  return (
    <Modal opened={isOpen} onClose={close} title="New role">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!parsed.success) return;
          const actions = MEMBER_ACTIONS.filter((action) => myActions.includes(action));
          create.mutate({ communityId, name: parsed.data, actions });
        }}
      >
        <TextInput
          label="Name"
          placeholder="Streamers"
          value={name}
          maxLength={40}
          data-autofocus
          error={create.error === null ? null : presentError(create.error).text}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!parsed.success}>
            Create role
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
