import type { MemberDto } from '@hindsight/shared/community/member';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

/** Asks once more before somebody is removed. The dialog is closed while `member` is null. */
export function RemoveMemberDialog({
  communityId,
  member,
  onClose,
}: {
  communityId: string;
  member: MemberDto | null;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const remove = trpc.member.remove.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => {
      onClose();
      return Promise.all([utils.member.invalidate(), utils.role.invalidate(), utils.community.invalidate()]);
    },
  });
  return (
    <ConfirmDialog
      isOpen={member !== null}
      title="Remove this member?"
      action="Remove"
      isPending={remove.isPending}
      onConfirm={() => member !== null && remove.mutate({ communityId, userId: member.userId })}
      onClose={onClose}
    >
      {member !== null &&
        `${member.username} leaves the voice channels of this community at once, and a running recording of theirs ends. Their clips stay theirs. With a new invite they can come back.`}
    </ConfirmDialog>
  );
}
