import { useServerLink } from '../../api/server-link.slice.ts';
import { trpc } from '../../api/trpc.ts';
import { usePressLengths } from '../../domain/replay/use-press-lengths.ts';
import { useDropMarker } from '../../features/replay/capture/use-drop-marker.ts';
import { PopOutPanel } from '../../features/replay/popout/pop-out-panel.tsx';
import { useOwnBuffer, useRoomSessions } from '../../features/replay/session/use-own-buffer.ts';
import { useIsMicOn, useVoiceState } from '../../features/voice/room/use-voice.ts';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';
import { recordedPeopleText } from '../channel/recorded-people-text.ts';
import { useCaptureHere } from '../channel/use-capture-here.ts';

/** Shows the small window of the channel that the person is in, else of the one whose minutes are kept. */
export function ShellPopOut({ channelId }: { channelId: string | null }) {
  const voice = useVoiceState();
  const voiceRoom = useVoiceRoom();
  const lengths = usePressLengths();
  const { isUnheard } = useServerLink();
  const { session, buffer } = useOwnBuffer(channelId);
  const { data: status } = trpc.auth.status.useQuery();
  const sessions = useRoomSessions(channelId);
  const capture = useCaptureHere(channelId);
  const dropMarker = useDropMarker(channelId);
  const isMicOn = useIsMicOn();
  return (
    <PopOutPanel
      buffer={buffer}
      lengths={lengths}
      recorded={recordedPeopleText(sessions, status?.user?.id ?? null, isUnheard)}
      isUnheard={isUnheard}
      isMicOn={isMicOn}
      canMark={session?.status === 'ACTIVE'}
      onPress={capture}
      onMark={dropMarker}
      onToggleMic={voice.status === 'connected' ? () => void voiceRoom.setMicOn(!isMicOn) : null}
    />
  );
}
