import type { Presence, VoiceJoin } from '@hindsight/shared/community/voice';
import { AppError } from '@hindsight/shared/errors';
import type { Access } from '../access/access.service.ts';
import type { MembershipChecks } from '../access/membership-checks.ts';
import type { AppEvents } from '../events/events.ts';
import type { StreamReads } from '../events/stream-reads.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { LiveKit } from './livekit.ts';
import type { PresenceService } from './presence.service.ts';

export type Voice = ReturnType<typeof createVoice>;

/** Lets people join voice channels and see who is in them. */
export function createVoice({
  access,
  livekit,
  presence,
  events,
  reads,
  memberships,
  joinUrl,
}: {
  access: Access;
  livekit: Pick<LiveKit, 'mintJoinToken' | 'participants'>;
  presence: Pick<PresenceService, 'ofCommunity'>;
  events: Pick<AppEvents, 'listen'>;
  reads: Pick<StreamReads, 'shared'>;
  memberships: Pick<MembershipChecks, 'requireCommunity'>;
  /** Browsers reach LiveKit at this address; a path is on our own origin. */
  joinUrl: string;
}) {
  const presenceOf = reads.shared(async (communityIds) => {
    const found = new Map<string, Presence>();
    for (const communityId of communityIds) found.set(communityId, await presence.ofCommunity(communityId));
    return found;
  });

  return {
    /**
     * Returns what a browser needs to join a voice channel. LiveKit is asked first, so that no useless token is given
     * out.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, LIVEKIT_UNAVAILABLE
     */
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

    /**
     * Returns the presence of a community.
     * @throws AppError NOT_FOUND
     */
    async presence(user: SignedInUser, communityId: string): Promise<Presence> {
      await access.requireCommunity(user, communityId);
      return presence.ofCommunity(communityId);
    },

    /**
     * Yields the presence of a community now and after each change, until the signal aborts. Membership is checked again
     * each time, and changes that come faster than they are read are sent as one.
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
          await memberships.requireCommunity(user.id, communityId);
          const now = (await presenceOf(communityId)) ?? [];
          // Most changes are in other communities.
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
