import { Alert, Button, Modal, Stack, Tabs, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from 'react-router';
import { INVITE_PATH, inviteCodeIn } from '@hindsight/shared/community/invite';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { nameComplaint } from './name-dialog.tsx';

/** Offers two ways into a community: make one, or follow an invite. */
export function AddCommunityDialog({ onClose }: { onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Add a community">
      <Tabs defaultValue="create" keepMounted={false}>
        <Tabs.List grow mb="md">
          <Tabs.Tab value="create">Create one</Tabs.Tab>
          <Tabs.Tab value="join">Join with an invite</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="create">
          <CreateForm onDone={onClose} />
        </Tabs.Panel>
        <Tabs.Panel value="join">
          <InviteLinkForm onDone={onClose} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function CreateForm({ onDone }: { onDone: () => void }) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { name: '' }, validate: { name: nameComplaint } });
  const create = trpc.community.create.useMutation({
    async onSuccess({ id }) {
      await utils.community.list.invalidate();
      onDone();
      void navigate(`/c/${id}`);
    },
  });
  const error = create.error === null ? null : presentError(create.error);
  return (
    <form noValidate onSubmit={form.onSubmit(({ name }) => create.mutate({ name }))}>
      <Stack gap="md">
        {error !== null && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="A voice and a text channel come with it; you can change everything later."
          placeholder="Saturday racers"
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Button type="submit" loading={create.isPending}>
          Create community
        </Button>
      </Stack>
    </form>
  );
}

function InviteLinkForm({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { invite: '' },
    validate: {
      invite: (value) => (inviteCodeIn(value) === null ? 'Paste the whole link, or its code' : null),
    },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ invite }) => {
        onDone();
        void navigate(`${INVITE_PATH}/${inviteCodeIn(invite) ?? ''}`);
      })}
    >
      <Stack gap="md">
        <TextInput
          label="Invite link or code"
          placeholder={`${window.location.origin}${INVITE_PATH}/…`}
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('invite')}
        />
        <Button type="submit">See the invite</Button>
      </Stack>
    </form>
  );
}
