import type { ClipExport, InstanceSettings, PrismaClient } from '@hindsight/db/client';
import {
  DEFAULT_CHAT_LIMIT_BYTES,
  exportOptionsSchema,
  type ExportDto,
} from '@hindsight/shared/clips/export';
import { isAppErrorCode } from '@hindsight/shared/errors';
import { SECOND, toSafeNumber } from '@hindsight/shared/units';
import type { AppEvents } from '../events/events.ts';

/** Progress is told this often at most. */
const REPORT_INTERVAL_MS = SECOND / 2;

export type ExportFeed = ReturnType<typeof createExportFeed>;

/** Turns exports into what their owners see, and tells them of changes. */
export function createExportFeed({ events }: { events: Pick<AppEvents, 'emit' | 'listen'> }) {
  /** The map has the progress of exports that are being made on any server. */
  const progress = new Map<string, number>();
  const toldAt = new Map<string, number>();
  const close = events.listen('export', ({ exportId, progress: now }) => {
    if (now === null) progress.delete(exportId);
    else progress.set(exportId, now);
  });

  return {
    toDto(row: ClipExport): ExportDto {
      const isReady = row.status === 'READY';
      return {
        id: row.id,
        clipId: row.clipId,
        title: row.title,
        options: exportOptionsSchema.parse(row.options),
        status: row.status,
        progress: row.status === 'PROCESSING' ? (progress.get(row.id) ?? 0) : null,
        errorCode: isAppErrorCode(row.errorCode) ? row.errorCode : null,
        errorDetail: row.errorDetail,
        sizeBytes: toSafeNumber(isReady ? row.sizeBytes : row.reservedBytes),
        downloadUrl: isReady ? `/api/exports/${row.id}/download` : null,
        createdAt: row.createdAt.toISOString(),
        endsAt: row.endsAt?.toISOString() ?? null,
      };
    },

    /** Tells the owner that an export has changed. */
    changed({ id: exportId, userId }: Pick<ClipExport, 'id' | 'userId'>): void {
      toldAt.delete(exportId);
      events.emit('export', { userId, exportId, progress: null });
    },

    /** Tells the owner how far an export is. */
    report({ id: exportId, userId }: Pick<ClipExport, 'id' | 'userId'>, fraction: number): void {
      const nowMs = performance.now();
      if (nowMs - (toldAt.get(exportId) ?? Number.NEGATIVE_INFINITY) < REPORT_INTERVAL_MS) return;
      toldAt.set(exportId, nowMs);
      events.emit('export', { userId, exportId, progress: Math.min(1, Math.max(0, fraction)) });
    },

    close,
  };
}

/** Returns the size for chat that the instance's admin has set, or the usual one when its settings were never changed. */
export function chatLimitOf(settings: Pick<InstanceSettings, 'chatLimitBytes'> | null): number {
  return settings === null ? DEFAULT_CHAT_LIMIT_BYTES : toSafeNumber(settings.chatLimitBytes);
}

/** Reads that size. */
export async function readChatLimit(db: PrismaClient): Promise<number> {
  return chatLimitOf(await db.instanceSettings.findFirst({ select: { chatLimitBytes: true } }));
}
