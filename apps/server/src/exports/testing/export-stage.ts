import { setTimeout as sleep } from 'node:timers/promises';
import type { ExportDto, ExportOptions } from '@hindsight/shared/clips/export';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import {
  openCaptureStage,
  type Capturer,
  type CaptureStage,
  type StageOptions,
} from '../../testing/capture-stage.ts';
import { openExportFeature } from '../export-feature.ts';

const DEADLINE_MS = 2 * MINUTE;

export type ExportStage = Awaited<ReturnType<typeof openExportStage>>;

/** Opens the export feature beside the capture feature, whose clips it exports. */
export async function openExportStage(options: StageOptions = {}) {
  const stage: CaptureStage = await openCaptureStage(options);
  const { db, storage, objects, disk, quota, events, jobs, servers, log, ffmpeg, requireFile } = stage;
  const clipFeed = stage.feed;
  /** What was read of the clips' files, by their keys. */
  const reads: string[] = [];
  const feature = await openExportFeature({
    ...{ db, storage, disk, quota, events, jobs, servers, log, ffmpeg, requireFile, clipFeed },
    encoders: [],
    objects: {
      read(key, range) {
        reads.push(key);
        return objects.read(key, range);
      },
    },
  });

  async function exportThat(
    { user }: Capturer,
    id: string,
    isReached: (one: ExportDto) => boolean,
  ): Promise<ExportDto> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const { items } = await feature.exports.list(user.id, {});
      const one = items.find((item) => item.id === id);
      if (one === undefined) throw new Error(`export ${id} is gone`);
      if (isReached(one)) return one;
      if (Date.now() > deadline) throw new Error(`export ${id} is still ${one.status}`);
      await sleep(20);
    }
  }

  return {
    ...stage,
    exports: feature.exports,
    reads,
    posters: feature.posters,

    /** Records a share of this form and saves it as a clip, whose file is written. */
    async saveClip(capturer: Capturer, media: Partial<Parameters<CaptureStage['record']>[1]> = {}) {
      const durationMs = media.durationMs ?? 6 * SECOND;
      const startMs = Date.now() - durationMs - 5 * SECOND;
      await stage.record(capturer, { startMs, durationMs, ...media });
      const { clip } = await stage.captureRange(capturer, startMs + 1300, startMs + durationMs);
      return { startMs, clip: await stage.settled(capturer, clip.id) };
    },

    create: ({ user }: Capturer, clipId: string, asked: ExportOptions) =>
      feature.exports.create(user.id, { clipId, options: asked }),

    /** Waits until an export is made, or has failed. */
    finished: (capturer: Capturer, id: string) =>
      exportThat(capturer, id, ({ status }) => status !== 'PROCESSING'),

    /** Waits until a server has begun with an export. */
    async started(id: string): Promise<void> {
      const deadline = Date.now() + DEADLINE_MS;
      while ((await db.clipExport.count({ where: { id, makerId: { not: null } } })) === 0) {
        if (Date.now() > deadline) throw new Error(`export ${id} was not begun`);
        await sleep(20);
      }
    },

    async close(): Promise<void> {
      await feature.close();
      await stage.close();
    },
  };
}
