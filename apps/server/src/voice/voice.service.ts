import type { Presence, VoiceJoin } from '@hindsight/shared/voice';
import { AppError } from '@hindsight/shared/errors';
import type { Access } from '../access/access.service.ts';
import type { AppEvents } from '../events/events.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { LiveKit } from './livekit.ts';
import type { PresenceService } from './presence.service.ts';

export type Voice = ReturnType<typeof createVoice>;

/** Entering voice channels and seeing who is in them. */
export function createVoice({
  access,
  livekit,
  presence,
  events,
  joinUrl,
}: {
  access: Access;
  livekit: Pick<LiveKit, 'mintJoinToken' | 'participants'>;
  presence: Pick<PresenceService, 'ofCommunity'>;
  events: Pick<AppEvents, 'listen'>;
  /** Where browsers reach LiveKit; a path means our own origin. */
  joinUrl: string;
}) {
  return {
    /** @throws AppError NOT_FOUND, PERMISSION_DENIED, LIVEKIT_UNAVAILABLE (rather than a token that opens nothing) */
    async join(user: SignedInUser, channelId: string): Promise<VoiceJoin> {
      const { channel, actions } = await access.requireChannel(user, channelId, 'CONNECT');
      if (channel.kind !== 'VOICE') throw new AppError('NOT_FOUND');
      await livekit.participants(channel.id);
      const token = await livekit.mintJoinToken({
        room: channel.id,
        identity: user.id,
        name: user.username,
        canShare: actions.includes('SHARE_SCREEN'),
      });
      return { url: joinUrl, token, roomName: channel.id, identity: user.id };
    },

    /** @throws AppError NOT_FOUND */
    async presence(user: SignedInUser, communityId: string): Promise<Presence> {
      await access.requireCommunity(user, communityId);
      return presence.ofCommunity(communityId);
    },

    /**
     * The presence of a community now and after each change, until the signal aborts. Membership is checked again each
     * time; changes that come faster than they are read are told as one.
     * @throws AppError NOT_FOUND
     */
    async *watchPresence(
      user: SignedInUser,
      communityId: string,
      signal: AbortSignal,
    ): AsyncGenerator<Presence> {
      let wake = Promise.withResolvers<void>();
      const onChange = () => wake.resolve();
      const stops = [
        events.listen('presence', onChange),
        events.listen('room', onChange),
        events.listen('gap', onChange),
      ];
      signal.addEventListener('abort', onChange, { once: true });
      try {
        let told = '';
        while (!signal.aborted) {
          await access.requireCommunity(user, communityId);
          const now = await presence.ofCommunity(communityId);
          // Most changes are another community's.
          if (told !== JSON.stringify(now)) {
            told = JSON.stringify(now);
            yield now;
          }
          await wake.promise;
          wake = Promise.withResolvers();
        }
      } finally {
        for (const stop of stops) stop();
        signal.removeEventListener('abort', onChange);
      }
    },
  };
}
