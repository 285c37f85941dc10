import { Prisma, type PrismaClient } from '@hindsight/db/client';

/**
 * Claims what is to be made in a row for a server, unless a live server has claimed it.
 * @returns whether it is claimed by this server now; false also when nothing is to be made any more
 */
export async function claimForServer(
  db: PrismaClient,
  table: 'ReplayClip' | 'ClipExport',
  { id, serverId }: { id: string; serverId: string },
): Promise<boolean> {
  const count = await db.$executeRaw`
    UPDATE ${Prisma.raw(`"${table}"`)} SET "makerId" = ${serverId}::uuid
    WHERE "id" = ${id}::uuid AND "status" = 'PROCESSING'
      AND ("makerId" IS NULL OR "makerId" = ${serverId}::uuid
        OR "makerId" NOT IN (SELECT "id" FROM "AppServer"))`;
  return count > 0;
}
