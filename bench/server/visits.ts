import { createApiClient, type ApiClient } from '@hindsight/server/testing/api-client';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { LiveEvent } from '@hindsight/shared/live';
import type { Person } from './people-process.ts';

const PASSWORD = 'correct horse battery';
const FIRST_PERSON = { username: 'ada', password: PASSWORD };

/**
 * Signs up or in, loads the web app and asks what its first page asks. The page then stays open, with its stream of changes,
 * until `signal` aborts.
 */
export async function visitFirstPage(
  origin: string,
  how: 'register' | 'login',
  signal: AbortSignal,
): Promise<void> {
  const api = createApiClient(origin);
  await loadWebApp(api);
  await api.mutate(`auth.${how}`, FIRST_PERSON);
  const [communities] = await Promise.all([
    api.query<CommunityDto[]>('community.list'),
    ...['auth.status', 'message.unread', 'dm.list', 'quota.mine'].map((name) => api.query(name)),
  ]);
  const communityId = communities[0]?.id;
  watch(api, { communityId, channelIds: [] }, signal);
  await api.query('voice.presence', { communityId });
}

/** Asks what the page of a channel asks before it shows a button to press. */
export async function visitChannel(origin: string, { channelId, communityId, token }: Person): Promise<void> {
  const api = createApiClient(origin, token);
  await Promise.all([
    ...['auth.status', 'community.list', 'message.unread', 'dm.list', 'quota.mine'].map((name) =>
      api.query(name),
    ),
    api.query('voice.presence', { communityId }),
    api.query('replay.mine', { channelId }),
    api.query('clip.list', {}),
  ]);
}

async function loadWebApp(api: ApiClient): Promise<void> {
  const page = await (await api.fetch('/')).text();
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path = '']) => path);
  for (const file of files) {
    const response = await api.fetch(file);
    if (!response.ok) throw new Error(`${file} answered ${response.status}: is the web app built?`);
    await response.arrayBuffer();
  }
}

function watch(api: ApiClient, input: object, signal: AbortSignal): void {
  const read = async () => {
    for await (const event of api.subscribe<LiveEvent>('live.events', input, signal)) void event;
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
