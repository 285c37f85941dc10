import type { InstanceSettings, PrismaClient } from '@hindsight/db/client';
import type {
  AdminCommunityList,
  CommunityPageInput,
  InstanceSettingsDto,
  InstanceSettingsUpdateInput,
} from '@hindsight/shared/admin';
import { chatLimitOf } from '../exports/export-feed.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

const SETTINGS_ID = 1;

function toDto(row: InstanceSettings | null): InstanceSettingsDto {
  return {
    registrationMode: row?.registrationMode ?? 'OPEN',
    chatLimitBytes: chatLimitOf(row),
  };
}

export type Instance = ReturnType<typeof createInstance>;

/** Reads and changes the instance as a whole, for its admins; the router lets nobody else in. */
export function createInstance({ db }: { db: PrismaClient }) {
  return {
    async settings(): Promise<InstanceSettingsDto> {
      return toDto(await db.instanceSettings.findUnique({ where: { id: SETTINGS_ID } }));
    },

    /** Changes what is given, and leaves the rest as it is. */
    async updateSettings(input: InstanceSettingsUpdateInput): Promise<InstanceSettingsDto> {
      const { registrationMode, chatLimitBytes } = input;
      const data = {
        ...(registrationMode === undefined ? {} : { registrationMode }),
        ...(chatLimitBytes === undefined ? {} : { chatLimitBytes: BigInt(chatLimitBytes) }),
      };
      return toDto(
        await db.instanceSettings.upsert({
          where: { id: SETTINGS_ID },
          create: { id: SETTINGS_ID, ...data },
          update: data,
        }),
      );
    },

    /** Lists every community, the oldest first. */
    async communities(
      user: SignedInUser,
      { search, cursor, limit }: CommunityPageInput,
    ): Promise<AdminCommunityList> {
      const where =
        search === undefined || search === ''
          ? {}
          : {
              name: {
                contains: search.replaceAll(/[\\%_]/g, String.raw`\$&`),
                mode: 'insensitive' as const,
              },
            };
      const [total, rows] = await Promise.all([
        db.community.count({ where }),
        db.community.findMany({
          where,
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          ...(cursor === undefined ? {} : { cursor: { id: cursor }, skip: 1 }),
          take: limit + 1,
          select: {
            id: true,
            name: true,
            createdAt: true,
            members: { where: { userId: user.id }, select: { userId: true } },
            _count: { select: { members: true, channels: true } },
          },
        }),
      ]);
      const page = rows.slice(0, limit);
      return {
        items: page.map(({ id, name, createdAt, members, _count }) => ({
          id,
          name,
          createdAt: createdAt.toISOString(),
          memberCount: _count.members,
          channelCount: _count.channels,
          isMember: members.length > 0,
        })),
        nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
        total,
      };
    },
  };
}
