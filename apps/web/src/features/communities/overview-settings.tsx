import { Alert, Button, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import classes from './community-settings.module.css';
import { DeleteCommunityDialog } from './delete-community-dialog.tsx';
import { nameComplaint } from './name-dialog.tsx';

/** Changes a community's name, and deletes the community. */
export function OverviewSettings({ community }: { community: CommunityDto }) {
  const [isDeleting, setDeleting] = useState(false);
  return (
    <Stack gap="xl">
      <NameForm key={community.name} community={community} />
      <section className={classes.danger} aria-labelledby="delete-community">
        <div>
          <Title order={2} size="h3" id="delete-community">
            Delete this community
          </Title>
          <Text c="dimmed" mt={4}>
            Its channels and messages are deleted for good. Clips stay with the people who saved them.
          </Text>
        </div>
        <Button variant="light" color="red" onClick={() => setDeleting(true)}>
          Delete community
        </Button>
      </section>
      <DeleteCommunityDialog community={community} isOpen={isDeleting} onClose={() => setDeleting(false)} />
    </Stack>
  );
}

function NameForm({ community }: { community: CommunityDto }) {
  const utils = trpc.useUtils();
  const form = useForm({ initialValues: { name: community.name }, validate: { name: nameComplaint } });
  const rename = trpc.community.update.useMutation({ onSuccess: () => utils.community.list.invalidate() });
  const error = rename.error === null ? null : presentError(rename.error);
  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ name }) => rename.mutate({ communityId: community.id, name: name.trim() }))}
    >
      {error !== null && (
        <Alert color="red" variant="light" title={error.text} role="alert" mb="sm">
          {error.remedy}
        </Alert>
      )}
      <Group align="flex-end" gap="sm">
        <TextInput label="Name" autoComplete="off" className={classes.name} {...form.getInputProps('name')} />
        <Button type="submit" loading={rename.isPending} disabled={!form.isDirty()}>
          Rename
        </Button>
      </Group>
    </form>
  );
}
