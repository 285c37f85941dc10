import { useAppSelector } from '../store/hooks.ts';
import { useCapture, type Press } from '../features/replay/use-capture.ts';
import { useMyBuffer } from '../features/replay/use-my-buffer.ts';
import { useVoiceRoom } from '../features/voice/voice-room.context.ts';

/** Saves from the caller's buffer in a channel, with a still of the share as it is now. */
export function useCaptureHere(channelId: string | null): (press: Press) => void {
  const voiceRoom = useVoiceRoom();
  const { buffer } = useMyBuffer(channelId);
  const isSoundOn = useAppSelector((state) => state.preferences.isSoundOn);
  return useCapture({
    channelId,
    takeStill: voiceRoom.takeStill,
    isSoundOn,
    givesMs: (minutes) => buffer?.offers.find((offer) => offer.minutes === minutes)?.givesMs ?? 0,
  });
}
