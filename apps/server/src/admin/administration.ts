import type { AdminServices } from './admin.router.ts';
import { createCommunityReplay } from './community-replay.service.ts';
import { createInstance } from './instance.service.ts';
import { createRunningSessions } from './running-sessions.service.ts';
import { createAdminUsers } from './users.service.ts';

/** Puts the services of the admin feature together. */
export function createAdministration(
  dependencies: Parameters<typeof createCommunityReplay>[0] &
    Parameters<typeof createRunningSessions>[0] &
    Parameters<typeof createAdminUsers>[0],
): AdminServices {
  return {
    communityReplay: createCommunityReplay(dependencies),
    sessions: createRunningSessions(dependencies),
    users: createAdminUsers(dependencies),
    instance: createInstance(dependencies),
  };
}
