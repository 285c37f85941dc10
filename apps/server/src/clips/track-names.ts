import type { PrismaClient } from '@hindsight/db/client';

/** The mix comes first, in files with separate tracks. */
export const MIX_NAME = 'Mix';
const SHARE_NAME = 'Share';

/** What a track of a file of separate tracks is called there. */
interface NamedTrack {
  name?: string;
}

/**
 * Returns what the separate tracks of a clip are called, by the names that they have in their file, in the order that people see: the
 * share, the clip's owner, the others. Whoever has taken their voice out isn't among them.
 * @param shareTrack the name of the track with the share's own sound in the file of separate tracks
 */
export async function namesOfTracks(
  db: PrismaClient,
  clip: { id: string; userId: string },
  shareTrack: string,
): Promise<Map<string, string>> {
  const voices = await db.clipVoice.findMany({
    where: { clipId: clip.id, takenOutAt: null },
    select: { userId: true, user: { select: { username: true } } },
    orderBy: { user: { username: 'asc' } },
  });
  const [mine, others] = [true, false].map((isMine) =>
    voices.filter(({ userId }) => (userId === clip.userId) === isMine),
  );
  return new Map([
    [shareTrack, SHARE_NAME],
    ...[...(mine ?? []), ...(others ?? [])].map(({ userId, user }): [string, string] => [
      userId,
      user.username,
    ]),
  ]);
}

/**
 * Puts the tracks of a file of separate tracks into their order and gives them their names: somebody with several microphones has as many, with
 * numbers. Those without a name are left out.
 */
export function namedTracks<Track extends NamedTrack>(
  tracks: readonly Track[],
  names: ReadonlyMap<string, string>,
): (Track & { name: string })[] {
  return [...names].flatMap(([key, name]) =>
    tracks
      .filter((track) => track.name === key)
      .map((track, index) => ({ ...track, name: index === 0 ? name : `${name} ${index + 1}` })),
  );
}
