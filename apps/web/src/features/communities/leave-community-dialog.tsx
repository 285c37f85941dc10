import { useNavigate } from 'react-router';
import type { CommunityDto } from '@hindsight/shared/community';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

/** Asks once more before somebody leaves a community. */
export function LeaveCommunityDialog({
  community,
  isOpen,
  onClose,
}: {
  community: CommunityDto;
  isOpen: boolean;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const leave = trpc.community.leave.useMutation({
    async onSuccess() {
      await navigate('/');
      await utils.community.list.invalidate();
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
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
