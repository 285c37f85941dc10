import type { PrismaClient } from '@hindsight/db/client';
import { AppError } from '@hindsight/shared/errors';
import {
  MAX_MARKERS_PER_BUFFER,
  type MarkerCreateInput,
  type MarkerDto,
} from '@hindsight/shared/replay/marker';
import { pressMoment } from '@hindsight/shared/replay/press-moment';
import { HOUR } from '@hindsight/shared/units';
import type { BufferPolicy } from '../buffer/buffer-policy.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import type { Access } from '../access/access.service.ts';
import type { AppEvents } from '../events/events.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { toMarkerDto } from './marker-dto.ts';

export interface MarkersDeps {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'of'>;
  events: Pick<AppEvents, 'emit'>;
  policy: BufferPolicy;
}

export type Markers = ReturnType<typeof createMarkers>;

/** Markers are kept this much longer than buffers, for clips that are still being made. */
const OUTLIVES_BUFFER_MS = 1 * HOUR;

/**
 * Manages the moments that users mark in their own running buffers, to find them in the capture dialog and in their
 * clips.
 */
export function createMarkers({ db, access, timeline, events, policy }: MarkersDeps) {
  /**
   * Checks that a moment of the user's screen is recorded.
   * @throws AppError NO_SEGMENTS_FOUND
   */
  async function requireRecorded(userId: string, channelId: string, atMs: number): Promise<void> {
    const running = await db.egressSession.count({
      where: { userId, roomName: channelId, status: 'ACTIVE', startedAt: { lte: new Date(atMs) } },
    });
    if (running > 0) return;
    const pieces = await timeline.of({ userId, channelId }, atMs);
    if (!pieces.some(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs))
      throw new AppError('NO_SEGMENTS_FOUND');
  }

  async function requireOwn(
    user: SignedInUser,
    markerId: string,
  ): Promise<{ id: string; channelId: string }> {
    const marker = await db.replayMarker.findFirst({ where: { id: markerId, userId: user.id } });
    if (marker === null) throw new AppError('NOT_FOUND');
    await access.requireChannel(user, marker.channelId);
    return marker;
  }

  return {
    /**
     * Marks the moment of a press.
     * @param receivedAtMs when its request arrived
     * @throws AppError NOT_FOUND, PERMISSION_DENIED, NO_SEGMENTS_FOUND, TOO_MANY_MARKERS
     */
    async create(
      user: SignedInUser,
      input: MarkerCreateInput,
      receivedAtMs: number = Date.now(),
    ): Promise<MarkerDto> {
      const at = new Date(pressMoment(input, receivedAtMs));
      const { channel } = await access.requireChannel(user, input.channelId, 'CAPTURE_REPLAY');
      await requireRecorded(user.id, channel.id, at.getTime());
      const marker = await db.$transaction(async (tx) => {
        // The lock makes requests of a user take turns, so that two can't both be the last one allowed.
        await tx.$queryRaw`SELECT 1 FROM "User" WHERE id = ${user.id}::uuid FOR UPDATE`;
        const since = new Date(at.getTime() - policy.windowMs);
        const kept = await tx.replayMarker.count({
          where: { userId: user.id, channelId: channel.id, at: { gte: since } },
        });
        if (kept >= MAX_MARKERS_PER_BUFFER) throw new AppError('TOO_MANY_MARKERS');
        return tx.replayMarker.create({
          data: { userId: user.id, channelId: channel.id, at, label: input.label ?? null },
        });
      });
      events.emit('mine', { userId: user.id, channelId: channel.id });
      return toMarkerDto(marker);
    },

    /**
     * Changes a marker's label.
     * @throws AppError NOT_FOUND
     */
    async update(user: SignedInUser, markerId: string, label: string | null): Promise<MarkerDto> {
      const { id, channelId } = await requireOwn(user, markerId);
      const [marker] = await db.replayMarker.updateManyAndReturn({ where: { id }, data: { label } });
      if (marker === undefined) throw new AppError('NOT_FOUND');
      events.emit('mine', { userId: user.id, channelId });
      return toMarkerDto(marker);
    },

    /**
     * Deletes a marker.
     * @throws AppError NOT_FOUND
     */
    async remove(user: SignedInUser, markerId: string): Promise<void> {
      const { id, channelId } = await requireOwn(user, markerId);
      await db.replayMarker.deleteMany({ where: { id } });
      events.emit('mine', { userId: user.id, channelId });
    },

    /** Deletes markers whose buffers are long gone. A periodic job calls it. */
    async sweep(nowMs: number): Promise<void> {
      const oldestMs = nowMs - policy.keepMs - policy.graceMs - OUTLIVES_BUFFER_MS;
      await db.replayMarker.deleteMany({ where: { at: { lt: new Date(oldestMs) } } });
    },
  };
}

/** Returns the markers of a user's buffer between two times (epoch ms), oldest first. */
export async function markersBetween(
  db: PrismaClient,
  { userId, channelId, fromMs, toMs }: { userId: string; channelId: string; fromMs: number; toMs: number },
): Promise<MarkerDto[]> {
  const markers = await db.replayMarker.findMany({
    where: { userId, channelId, at: { gte: new Date(fromMs), lte: new Date(toMs) } },
    orderBy: { at: 'asc' },
    take: MAX_MARKERS_PER_BUFFER,
  });
  return markers.map(toMarkerDto);
}
