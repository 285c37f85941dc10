import { useNavigate } from 'react-router';
import { preferenceChanged } from '../../features/preferences/preferences.slice.ts';
import { NoticeOffer } from '../../features/replay/notices/notice-offer.tsx';
import { StayEndedNotice } from '../../features/voice/controls/stay-ended-notice.tsx';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { CaptureToasts } from '../../features/replay/capture/capture-toasts.tsx';
import { RecordingNotices } from '../../features/replay/recordings/recording-notices.tsx';
import { ReplayAutostart } from '../../features/replay/session/replay-autostart.tsx';
import { useVoiceState } from '../../features/voice/room/use-voice.ts';
import { ToastStack } from '../../ui/toast-stack.tsx';
import { useRecordingActions } from '../channel/use-recording-actions.ts';

/**
 * Shows the corner of every page: who is recorded from now on, the question before a share is recorded, saved clips.
 */
export function ShellToasts({ myUserId }: { myUserId: string | null }) {
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const { channel, localShare } = useVoiceState();
  const preferences = useAppSelector((state) => state.preferences);
  const mayRecord = useRecordingActions(channel?.communityId).obstacle === null;
  return (
    <ToastStack>
      <RecordingNotices channelId={channel?.id ?? null} myUserId={myUserId} />
      <ReplayAutostart
        channelId={channel?.id ?? null}
        share={localShare}
        isWanted={preferences.isReplayWanted && mayRecord}
        isAskedFirst={preferences.isAskedFirst}
      />
      <StayEndedNotice />
      <NoticeOffer
        choice={preferences.notices}
        onChoose={(notices) => dispatch(preferenceChanged({ notices }))}
      />
      <CaptureToasts onRemedy={(remedy) => void (remedy === 'manage-clips' && navigate('/clips'))} />
    </ToastStack>
  );
}
