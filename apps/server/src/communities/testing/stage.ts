import { randomUUID } from 'node:crypto';
import type { CommunityDto } from '@hindsight/shared/community/community';
import { createLog } from '../../log.ts';
import { openStage } from '../../recording/testing/stage.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { createAccess } from '../../access/access.service.ts';
import { createCommunityFeature } from '../community-feature.ts';
import { createCommunityNews } from '../community-news.ts';
import { createDeparture } from '../departure.ts';
import { addMember } from '../membership.ts';

export type CommunityStage = Awaited<ReturnType<typeof openCommunityStage>>;

/** Sets up communities with recordings on a real database; tests control recorder and LiveKit. */
export async function openCommunityStage() {
  const recordingStage = await openStage();
  const { db, events, livekit } = recordingStage;
  const server = recordingStage.startProcess();
  const departure = createDeparture({
    db,
    recording: server.recording,
    livekit,
    log: createLog({ level: 'silent' }),
  });
  const feature = createCommunityFeature({
    db,
    access: createAccess({ db }),
    news: createCommunityNews({ db, events }),
    departure,
  });
  const told: { communityId: string; memberIds: readonly string[] }[] = [];
  events.listen('community', (news) => void told.push(news));

  async function person(isInstanceAdmin = false): Promise<SignedInUser> {
    const username = `person-${randomUUID()}`;
    const { id } = await db.user.create({
      data: { username, usernameKey: username, passwordHash: '', isInstanceAdmin },
    });
    return { id, username, isInstanceAdmin };
  }

  return {
    recordingStage,
    server,
    db,
    livekit,
    ...feature,
    /** Returns the community news since the last call, with whom they were for. */
    takeNews: () => told.splice(0),
    person,

    /** Makes a community and the person who made it. */
    async createCommunity(): Promise<{ founder: SignedInUser; community: CommunityDto }> {
      const founder = await person();
      const id = await feature.changes.create(founder, { name: 'Home' });
      return { founder, community: await feature.communities.get(founder, id) };
    },

    /** Adds somebody new to a community. */
    async member(communityId: string): Promise<SignedInUser> {
      const user = await person();
      await db.$transaction((tx) => addMember(tx, communityId, user.id));
      return user;
    },

    /** Lets somebody share their screen in a voice channel, and records it. */
    async record(user: SignedInUser, communityId: string, channelId: string): Promise<string> {
      await db.role.updateMany({
        where: { communityId, isDefault: true },
        data: { actions: ['CONNECT', 'SHARE_SCREEN', 'ENABLE_REPLAY_BUFFER', 'CAPTURE_REPLAY'] },
      });
      const { id } = await server.recording.sessions.start(user, recordingStage.share(user, channelId));
      return id;
    },

    close: () => recordingStage.close(),
  };
}
