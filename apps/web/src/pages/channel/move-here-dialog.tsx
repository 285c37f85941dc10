import type { VoiceParticipant } from '@hindsight/shared/community/voice';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';

type Elsewhere = Pick<VoiceParticipant, 'isSharing' | 'isRecorded'>;

/** Asks before joining a channel displaces the person's own tab or device that is in it. */
export function MoveHereDialog({
  elsewhere,
  onMove,
  onClose,
}: {
  /** The person is in the channel elsewhere like this; null closes the dialog. */
  elsewhere: Elsewhere | null;
  onMove: () => void;
  onClose: () => void;
}) {
  return (
    <ConfirmDialog
      isOpen={elsewhere !== null}
      title={elsewhere?.isSharing === true ? 'You are sharing in another tab' : 'You are here in another tab'}
      keep="Stay there"
      action="Move here"
      isPending={false}
      onConfirm={onMove}
      onClose={onClose}
    >
      {elsewhere !== null && whatMovingEnds(elsewhere)}
    </ConfirmDialog>
  );
}

function whatMovingEnds({ isSharing, isRecorded }: Elsewhere): string {
  const where = 'Another tab or device of yours is in this channel. Joining here disconnects it';
  if (!isSharing) return `${where}.`;
  if (!isRecorded) return `${where} and ends your share there.`;
  return `${where} and ends your share there, and its recording with it. The minutes that are kept can be saved here, too.`;
}
