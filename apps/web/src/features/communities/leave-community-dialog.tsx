import { Button, Group, Modal, Text } from '@mantine/core';
import { Link, useNavigate } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

/** Asks once more before somebody leaves a community. */
export function LeaveCommunityDialog({
  community,
  isOpen,
  onClose,
  onLeft,
}: {
  community: CommunityDto;
  isOpen: boolean;
  onClose: () => void;
  onLeft: () => void;
}) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const leave = trpc.community.leave.useMutation({
    async onSuccess() {
      onLeft();
      await navigate('/');
      await utils.community.list.invalidate();
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
  if (community.memberCount === 1)
    return <LastMemberDialog community={community} isOpen={isOpen} onClose={onClose} />;
  return (
    <ConfirmDialog
      isOpen={isOpen}
      title={`Leave ${community.name}?`}
      keep="Stay"
      action="Leave community"
      isPending={leave.isPending}
      onConfirm={() => leave.mutate({ communityId: community.id })}
      onClose={onClose}
    >
      You are disconnected from its voice channels, and a recording of yours there ends. Your clips stay
      yours. To come back you need a new invite.
    </ConfirmDialog>
  );
}

/** Explains to the last member that nobody would be left: deleting the community is what they can do. */
function LastMemberDialog({
  community,
  isOpen,
  onClose,
}: {
  community: CommunityDto;
  isOpen: boolean;
  onClose: () => void;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={`You are the only one in ${community.name}`}>
      <Text>Without you nobody could open it any more. If it is not needed, delete it in its settings.</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Stay
        </Button>
        <Button component={Link} to={`/c/${community.id}/settings`} onClick={onClose}>
          Go to the settings
        </Button>
      </Group>
    </Modal>
  );
}
