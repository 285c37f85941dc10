import type { AdminSession } from '@hindsight/shared/admin';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

/** Asks once more before somebody's recording is ended. The dialog is closed while `session` is null. */
export function StopRecordingDialog({
  session,
  onClose,
}: {
  session: AdminSession | null;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const stop = trpc.admin.session.stop.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => {
      onClose();
      return Promise.all([utils.admin.session.invalidate(), utils.admin.communityReplay.invalidate()]);
    },
  });
  return (
    <ConfirmDialog
      isOpen={session !== null}
      title="Stop this recording?"
      action="Stop recording"
      isPending={stop.isPending}
      onConfirm={() => session !== null && stop.mutate({ sessionId: session.id })}
      onClose={onClose}
    >
      {session !== null &&
        `The share of ${session.username} goes on. They see that an admin stopped the recording, and can still save what was buffered so far.`}
    </ConfirmDialog>
  );
}
