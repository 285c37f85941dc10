import type { PrismaClient } from '@hindsight/db/client';
import type { Access } from '../access/access.service.ts';
import { createChannels } from './channels.service.ts';
import { createCommunities } from './communities.service.ts';
import { createCommunityChanges } from './community-changes.service.ts';
import type { CommunityNews } from './community-news.ts';
import type { Departure } from './departure.ts';
import { createInvites } from './invites.service.ts';

export type CommunityFeature = ReturnType<typeof createCommunityFeature>;

/** Puts the community feature together: communities, their channels and their invites. */
export function createCommunityFeature(deps: {
  db: PrismaClient;
  access: Access;
  news: CommunityNews;
  departure: Departure;
}) {
  return {
    communities: createCommunities(deps),
    changes: createCommunityChanges(deps),
    channels: createChannels(deps),
    invites: createInvites(deps),
  };
}
