import { useAppSelector } from '../../store/hooks.ts';
import { useCapture, type Press } from '../../features/replay/capture/use-capture.ts';
import { useOwnBuffer } from '../../features/replay/session/use-own-buffer.ts';
import { useVoiceRoom } from '../../features/voice/room/voice-room.context.ts';

/** Saves from the caller's buffer in a channel, with a still of the share at this moment. */
export function useCaptureHere(channelId: string | null): (press: Press) => void {
  const voiceRoom = useVoiceRoom();
  const { buffer } = useOwnBuffer(channelId);
  const isSoundOn = useAppSelector((state) => state.preferences.isSoundOn);
  return useCapture({
    channelId,
    takeStill: voiceRoom.takeStill,
    isSoundOn,
    givesMs: (seconds) => buffer?.offer(seconds).givesMs ?? 0,
  });
}
