import type { PrismaClient } from '@hindsight/db/client';
import { allowedActions } from '@hindsight/shared/community/permissions';
import { agreedToVoice } from '@hindsight/shared/replay/voice-consent';

export type VoiceConsentRules = ReturnType<typeof createVoiceConsent>;

/** Decides whose voice may be kept in whose replay buffer; nothing else does. */
export function createVoiceConsent({ db }: { db: PrismaClient }) {
  return {
    /**
     * Returns those of the people whose voice the sharer's replay buffer in a community may keep. They must be members who may
     * connect, have agreed, and the community must allow it. The sharer themselves agree by their own switch.
     */
    async allowedIn({
      communityId,
      sharerId,
      userIds,
    }: {
      communityId: string;
      sharerId: string;
      userIds: readonly string[];
    }): Promise<Set<string>> {
      const [config, members] = await Promise.all([
        db.communityReplayConfig.findUnique({ where: { communityId }, select: { allowsVoices: true } }),
        db.communityMember.findMany({
          where: { communityId, userId: { in: [...userIds] } },
          select: {
            userId: true,
            mayKeepVoice: true,
            user: { select: { isInstanceAdmin: true, voiceConsent: true, keepsOwnVoice: true } },
            roles: { select: { role: { select: { actions: true } } } },
          },
        }),
      ]);
      if (config?.allowsVoices === false) return new Set();
      const allowed = members.filter(({ userId, mayKeepVoice, user, roles }) => {
        const actions = allowedActions({ ...user, roles: roles.map(({ role }) => role) });
        if (!actions.includes('CONNECT')) return false;
        if (userId === sharerId) return user.keepsOwnVoice;
        return agreedToVoice({ voiceConsent: user.voiceConsent, mayKeepVoice }) === true;
      });
      return new Set(allowed.map(({ userId }) => userId));
    },
  };
}
