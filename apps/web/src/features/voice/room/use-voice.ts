import { useCallback } from 'react';
import { useDispatch, useSelector } from 'react-redux';
import { SECOND } from '@hindsight/shared/units';
import { presentError, type PresentedError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { joinStarted, left, type VoiceChannel, type VoiceState } from './voice.slice.ts';
import { useVoiceRoom } from './voice-room.context.ts';
import type { GrantAnswer, RoomGrant } from './voice-room.ts';

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
  const { client } = trpc.useUtils();
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
        await room.enter(grantOf(grant), () => askAgain(client, channel));
      } catch {
        dispatch(left('JOIN_FAILED'));
      }
    },
    [dispatch, room, requestToken, client],
  );
}

/** A path means our own origin, where the server proxies LiveKit. */
function grantOf({ url, token }: { url: string; token: string }): RoomGrant {
  return { url: new URL(url, window.location.origin).href, token };
}

/** A network that is gone sends no error. */
const ASK_TIMEOUT_MS = 5 * SECOND;
/** These refusals may pass. */
const MAY_PASS: ReadonlySet<PresentedError['code']> = new Set([
  'UNREACHABLE',
  'DATABASE_UNAVAILABLE',
  'LIVEKIT_UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL',
]);

/** Asks for entry to a channel again, unless this account is in it by another tab or device. */
async function askAgain(
  client: ReturnType<typeof trpc.useUtils>['client'],
  { id: channelId, communityId }: VoiceChannel,
): Promise<GrantAnswer> {
  const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
  try {
    const grant = await client.voice.join.mutate({ channelId }, { signal });
    const presence = await client.voice.presence.query({ communityId }, { signal });
    const here = presence.find((entry) => entry.channelId === channelId)?.participants ?? [];
    return here.some(({ userId }) => userId === grant.identity) ? 'elsewhere' : grantOf(grant);
  } catch (error) {
    return MAY_PASS.has(presentError(error).code) ? 'unreachable' : 'refused';
  }
}
