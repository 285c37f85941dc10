import type { EgressSession, KeptVoice, Prisma, ReplayQuality } from '@hindsight/db/client';
import type { Quality, RecordedSession, RoomSession, SessionDto } from '@hindsight/shared/replay/replay';
import { MINUTE } from '@hindsight/shared/units';

const QUALITY_OF = { Q720P: '720p', Q1080P: '1080p', Q1440P: '1440p' } as const satisfies Record<
  ReplayQuality,
  Quality
>;

const STORED_QUALITY = { '720p': 'Q720P', '1080p': 'Q1080P', '1440p': 'Q1440P' } as const satisfies Record<
  Quality,
  ReplayQuality
>;

export function fromStoredQuality(quality: ReplayQuality): Quality {
  return QUALITY_OF[quality];
}

export function toStoredQuality(quality: Quality): ReplayQuality {
  return STORED_QUALITY[quality];
}

/** Converts a session to what its owner sees. */
export function toSessionDto(session: EgressSession, graceMs: number): SessionDto {
  const { endedAt } = session;
  return {
    id: session.id,
    channelId: session.roomName,
    videoTrackSid: session.videoTrackSid,
    status: session.status,
    quality: fromStoredQuality(session.quality),
    health: session.health,
    startedAt: session.startedAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
    endReason: session.endReason,
    captureableUntil: endedAt === null ? null : new Date(endedAt.getTime() + graceMs).toISOString(),
  };
}

type WithName<T> = T & { user: { username: string } };

/** Selects, of each session, the voices that it keeps now. */
export const VOICES_KEPT_NOW = {
  where: { endedAt: null },
  orderBy: { startedAt: 'asc' },
  include: { user: { select: { username: true } } },
} as const satisfies Prisma.EgressSession$keptVoicesArgs;

/** Converts a recording session to what everybody in the room sees. */
export function toRoomSession(
  session: WithName<Pick<EgressSession, 'id' | 'userId' | 'quality' | 'health'>> & {
    startedAt: Date;
    keptVoices: readonly WithName<Pick<KeptVoice, 'userId'>>[];
  },
  nowMs: number,
): RoomSession {
  return {
    id: session.id,
    userId: session.userId,
    username: session.user.username,
    quality: fromStoredQuality(session.quality),
    startedAt: session.startedAt.toISOString(),
    durationMinutes: Math.max(0, (nowMs - session.startedAt.getTime()) / MINUTE),
    health: session.health,
    voices: session.keptVoices.map(({ userId, user }) => ({ userId, username: user.username })),
  };
}

/** Converts a session with at least one frame to what members of the community can look up. */
export function toRecordedSession(
  session: WithName<Pick<EgressSession, 'id' | 'userId' | 'quality' | 'endedAt' | 'endReason'>> & {
    startedAt: Date;
    keptVoices: readonly WithName<Pick<KeptVoice, 'userId' | 'startedAt' | 'endedAt'>>[];
  },
): RecordedSession {
  const { startedAt, endedAt } = session;
  return {
    id: session.id,
    userId: session.userId,
    username: session.user.username,
    quality: fromStoredQuality(session.quality),
    startedAt: startedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    endReason: session.endReason,
    durationMs: endedAt === null ? null : Math.max(0, endedAt.getTime() - startedAt.getTime()),
    voices: session.keptVoices.map((voice) => ({
      userId: voice.userId,
      username: voice.user.username,
      from: voice.startedAt.toISOString(),
      to: (voice.endedAt ?? endedAt)?.toISOString() ?? null,
    })),
  };
}
