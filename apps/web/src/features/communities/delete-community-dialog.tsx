import { Button, Group, Modal, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';

/** Deletes a community once its name is typed, because this can't be undone and other people lose it too. */
export function DeleteCommunityDialog({
  community,
  isOpen,
  onClose,
}: {
  community: CommunityDto;
  isOpen: boolean;
  onClose: () => void;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={`Delete ${community.name}?`}>
      <DeleteForm community={community} onClose={onClose} />
    </Modal>
  );
}

function DeleteForm({ community, onClose }: { community: CommunityDto; onClose: () => void }) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const remove = trpc.community.remove.useMutation({
    async onSuccess() {
      await navigate('/');
      await utils.community.list.invalidate();
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
  const isSame = typed.trim() === community.name;
  const others = community.memberCount - 1;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isSame) remove.mutate({ communityId: community.id });
      }}
    >
      <Text mb="md">
        All channels and messages are deleted, and calls and recordings end
        {others > 0 && `, for you and ${others === 1 ? 'one other member' : `${others} other members`}`}. This
        can’t be undone.
      </Text>
      <TextInput
        label={`Type ${community.name} to go on`}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
      />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Keep
        </Button>
        <Button type="submit" color="red.8" disabled={!isSame} loading={remove.isPending}>
          Delete community
        </Button>
      </Group>
    </form>
  );
}
