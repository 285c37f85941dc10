import { useNavigate } from 'react-router';
import type { ChannelDto } from '@hindsight/shared/community/community';
import { DEFAULT_WINDOW_MS } from '@hindsight/shared/replay/replay';
import { useServerLink } from '../../api/server-link.slice.ts';
import { useAppDispatch, useAppSelector } from '../../store/hooks.ts';
import { preferenceChanged } from '../../features/preferences/preferences.slice.ts';
import { useDropMarker } from '../../features/replay/capture/use-drop-marker.ts';
import { MoreCapturesMenu } from '../../features/replay/control/more-captures-menu.tsx';
import { ReplayControl } from '../../features/replay/control/replay-control.tsx';
import { usePopOut } from '../../features/replay/popout/pop-out.context.ts';
import { SoundLine } from '../../features/replay/control/sound-line.tsx';
import { replayControlState } from '../../features/replay/control/replay-control-state.ts';
import { replayErrorDismissed } from '../../features/replay/session/replay.slice.ts';
import type { Remedy } from '../../features/replay/session/error-remedy.ts';
import { useOwnBuffer, useRoomSessions } from '../../features/replay/session/use-own-buffer.ts';
import { useReplayRequests, useReplayState } from '../../features/replay/session/use-replay-requests.ts';
import { useVoiceState } from '../../features/voice/room/use-voice.ts';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';
import { useHotkeyLabel } from '../../hotkeys/use-hotkeys.ts';
import { dialogOpened } from '../../domain/dialogs/dialogs.slice.ts';
import { usePressLengths } from '../../domain/replay/use-press-lengths.ts';
import { useCaptureHere } from './use-capture-here.ts';
import { useRecordingActions } from './use-recording-actions.ts';

/**
 * Shows the Replay control of a channel. It joins the share of the voice feature with the buffer of the replay feature.
 */
export function ReplayDock({ channel, isHere }: { channel: ChannelDto; isHere: boolean }) {
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const voiceRoom = useVoiceRoom();
  const { localShare, people } = useVoiceState();
  const { request, error } = useReplayState();
  const { isUnheard } = useServerLink();
  const preferences = useAppSelector((state) => state.preferences);
  const { session, windowMs, buffer } = useOwnBuffer(channel.id);
  const roomSessions = useRoomSessions(channel.id);
  const { obstacle, canCapture } = useRecordingActions(channel.communityId);
  const share = isHere ? localShare : null;
  const { start, stop, takeBackStart, stopOtherAndStart } = useReplayRequests(channel.id, share);
  const capture = useCaptureHere(channel.id);
  const dropMarker = useDropMarker(channel.id);
  const popOut = usePopOut();
  const lengths = usePressLengths();
  const keys = {
    afresh: useHotkeyLabel('saveClipAfresh'),
    dialog: useHotkeyLabel('openCaptureDialog'),
    marker: useHotkeyLabel('dropMarker'),
  };

  // In the lobby only the rest of an earlier share matters.
  if (!isHere && buffer === null) return null;

  const keptIds = new Set(
    roomSessions.find(({ id }) => id === session?.id)?.voices.map(({ userId }) => userId),
  );

  function onSwitch(isOn: boolean): void {
    dispatch(preferenceChanged({ isReplayWanted: isOn }));
    if (share === null) return;
    if (isOn) void start();
    else if (request === 'starting') takeBackStart();
    else if (session !== null) void stop(session.id);
  }

  async function onRemedy(remedy: Remedy): Promise<void> {
    switch (remedy) {
      case 'manage-clips':
        await navigate('/clips');
        return;
      case 'stop-other':
        await stopOtherAndStart();
        return;
      case 'try-again':
        await start();
        return;
      case 'share-again':
        dispatch(replayErrorDismissed());
        await voiceRoom.stopSharing();
        await voiceRoom.share(preferences.quality);
    }
  }

  return (
    <ReplayControl
      state={replayControlState({ share, request, session })}
      isWanted={preferences.isReplayWanted}
      buffer={buffer}
      windowMs={windowMs ?? DEFAULT_WINDOW_MS}
      error={error}
      obstacle={obstacle}
      canCapture={canCapture}
      isStoppedByAdmin={session?.endReason === 'STOPPED_BY_ADMIN'}
      isServerSilent={isUnheard}
      isPictureMissing={share?.isPictureMissing ?? false}
      lengths={lengths}
      onSwitch={onSwitch}
      onCapture={capture}
      moreActions={
        <MoreCapturesMenu
          isDisabled={!canCapture}
          lengths={lengths}
          windowMs={windowMs ?? DEFAULT_WINDOW_MS}
          keys={keys}
          onPress={capture}
          onChoose={() => dispatch(dialogOpened({ kind: 'capture', channelId: channel.id }))}
          onDropMarker={session?.status === 'ACTIVE' ? dropMarker : null}
          onPopOut={popOut.open}
        />
      }
      soundLine={
        isHere && (
          <SoundLine
            communityId={channel.communityId}
            hasShareSound={share === null ? null : share.audioTrackSid !== null}
            others={people
              .filter(({ isLocal }) => !isLocal)
              .map(({ userId, username }) => ({ userId, username, isKept: keptIds.has(userId) }))}
          />
        )
      }
      onRemedy={(remedy) => void onRemedy(remedy)}
      onDismissError={() => dispatch(replayErrorDismissed())}
    />
  );
}
