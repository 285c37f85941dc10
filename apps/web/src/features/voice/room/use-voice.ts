import { useCallback } from 'react';
import { useDispatch, useSelector } from 'react-redux';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { joinStarted, left, type VoiceChannel, type VoiceState } from './voice.slice.ts';
import { useVoiceRoom } from './voice-room.context.ts';

export function useVoiceState(): VoiceState {
  return useSelector((state: { voice: VoiceState }) => state.voice);
}

/** Tells whether the person's own microphone is on. */
export function useIsMicOn(): boolean {
  return useVoiceState().people.some(({ isLocal, isMicOn }) => isLocal && isMicOn);
}

/** Joins a channel after leaving the one before. A refusal by the server is shown with its remedy. */
export function useJoin(): (channel: VoiceChannel) => Promise<void> {
  const dispatch = useDispatch();
  const room = useVoiceRoom();
  const { mutateAsync: requestToken } = trpc.voice.join.useMutation();
  return useCallback(
    async (channel) => {
      await room.leave();
      dispatch(joinStarted(channel));
      let grant: Awaited<ReturnType<typeof requestToken>>;
      try {
        grant = await requestToken({ channelId: channel.id });
      } catch (error) {
        dispatch(left(null));
        announceError(presentError(error));
        return;
      }
      try {
        // A path means our own origin, where the server proxies LiveKit.
        await room.enter({ url: new URL(grant.url, window.location.origin).href, token: grant.token });
      } catch {
        dispatch(left('JOIN_FAILED'));
      }
    },
    [dispatch, room, requestToken],
  );
}
