import type { trpc } from '../../../api/trpc.ts';

/** Finds the id of the caller's running recording in any channel; null when there is none. */
export async function findOwnRecording(utils: ReturnType<typeof trpc.useUtils>): Promise<string | null> {
  const { user } = await utils.auth.status.fetch();
  const communities = await utils.community.list.fetch();
  for (const { channels } of communities) {
    for (const { id: channelId, kind } of channels) {
      if (kind !== 'VOICE') continue;
      const sessions = await utils.replay.status.fetch({ channelId }, { staleTime: 0 });
      const mine = sessions.find(({ userId }) => userId === user?.id);
      if (mine !== undefined) return mine.id;
    }
  }
  return null;
}
