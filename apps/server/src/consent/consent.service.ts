import type { PrismaClient } from '@hindsight/db/client';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { AppError } from '@hindsight/shared/errors';
import type {
  VoiceAnswerInput,
  VoiceConsentState,
  VoiceConsentUpdateInput,
} from '@hindsight/shared/replay/voice-consent';
import type { AppEvents } from '../events/events.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import type { KeptVoices } from './kept-voices.ts';

export type Consent = ReturnType<typeof createConsent>;

/** Lets people say whether replay buffers may keep their voice. */
export function createConsent({
  db,
  recorder,
  keptVoices,
  events,
}: {
  db: PrismaClient;
  recorder: Pick<Recorder, 'supportsVoices'>;
  keptVoices: Pick<KeptVoices, 'settle'>;
  events: Pick<AppEvents, 'emit'>;
}) {
  async function get({ id }: SignedInUser): Promise<VoiceConsentState> {
    const { voiceConsent, keepsOwnVoice, memberships } = await db.user.findUniqueOrThrow({
      where: { id },
      select: {
        voiceConsent: true,
        keepsOwnVoice: true,
        memberships: {
          orderBy: { joinedAt: 'asc' },
          select: {
            communityId: true,
            mayKeepVoice: true,
            community: { select: { replayConfig: { select: { allowsVoices: true } } } },
          },
        },
      },
    });
    return {
      voiceConsent,
      keepsOwnVoice,
      isSupported: recorder.supportsVoices,
      communities: memberships.map(({ communityId, mayKeepVoice, community }) => ({
        communityId,
        mayKeepVoice,
        isAllowed: community.replayConfig?.allowsVoices ?? true,
      })),
    };
  }

  /** Applies a change in communities, and tells the person's other pages of it. */
  async function apply(userId: string, communityIds: readonly string[]): Promise<void> {
    for (const communityId of communityIds) events.emit('community', { communityId, memberIds: [userId] });
    await Promise.all(communityIds.map((communityId) => keptVoices.settle(communityId)));
  }

  return {
    /** Returns what the caller has said, in general and in each of their communities. */
    get,

    /**
     * Changes what the caller says in general. When it resolves, buffers keep to it. Another consent than before forgets the answers in
     * single communities, so that it holds everywhere.
     */
    async update(
      user: SignedInUser,
      { voiceConsent, keepsOwnVoice }: VoiceConsentUpdateInput,
    ): Promise<VoiceConsentState> {
      await db.$transaction(async (tx) => {
        const { count } =
          voiceConsent === undefined
            ? { count: 0 }
            : await tx.user.updateMany({
                where: { id: user.id, voiceConsent: { not: voiceConsent } },
                data: { voiceConsent },
              });
        if (count > 0)
          await tx.communityMember.updateMany({ where: { userId: user.id }, data: { mayKeepVoice: null } });
        if (keepsOwnVoice !== undefined)
          await tx.user.update({ where: { id: user.id }, data: { keepsOwnVoice } });
      });
      const memberships = await db.communityMember.findMany({
        where: { userId: user.id },
        select: { communityId: true },
      });
      await apply(
        user.id,
        memberships.map(({ communityId }) => communityId),
      );
      return get(user);
    },

    /**
     * Says whether buffers of one community may keep the caller's voice. When it resolves, buffers keep to it: after a no, they hold
     * nothing of it any more.
     * @throws AppError NOT_FOUND unless the caller is a member of the community
     */
    async answer(
      user: SignedInUser,
      { communityId, mayKeepVoice }: VoiceAnswerInput,
    ): Promise<VoiceConsentState> {
      const { count } = await db.communityMember.updateMany({
        where: { communityId, userId: user.id },
        data: { mayKeepVoice },
      });
      if (count === 0) throw new AppError('NOT_FOUND');
      await apply(user.id, [communityId]);
      return get(user);
    },
  };
}
