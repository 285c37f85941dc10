import type { ClipExport } from '@hindsight/db/client';
import { exportOptionsSchema, type ExportKind } from '@hindsight/shared/clips/export';
import { HOUR } from '@hindsight/shared/units';
import type { Jobs } from '../jobs/jobs.ts';
import type { ExportRunner } from './export-runner.ts';

const SLOW = 'export-clip';
const QUICK = 'export-quickly';
/** These take seconds, and don't wait behind those that take minutes. */
const QUICK_KINDS: ReadonlySet<ExportKind> = new Set(['sound', 'still', 'animation']);
/** Few exports are made at once, because the recorder and the calls need the processors. */
const SLOW_CONCURRENCY = 2;
const QUICK_CONCURRENCY = 1;
/** This is longer than ffmpeg's own time limits for the longest clip. */
const TIMEOUT_MS = 12 * HOUR;

interface ExportJob {
  exportId: string;
}

export interface ExportQueue {
  enqueue(row: Pick<ClipExport, 'id' | 'options'>): Promise<void>;
}

/** Starts the durable queues of exports. They don't retry, because attempts are counted on the export. */
export async function startExportQueue({
  jobs,
  runner,
}: {
  jobs: Pick<Jobs, 'work' | 'send'>;
  runner: Pick<ExportRunner, 'run'>;
}): Promise<ExportQueue> {
  for (const [name, concurrency] of [
    [SLOW, SLOW_CONCURRENCY],
    [QUICK, QUICK_CONCURRENCY],
  ] as const)
    await jobs.work<ExportJob>(name, { concurrency, timeoutMs: TIMEOUT_MS }, ({ exportId }, signal) =>
      runner.run(exportId, signal),
    );
  return {
    async enqueue({ id, options }) {
      const { kind } = exportOptionsSchema.parse(options);
      await jobs.send(QUICK_KINDS.has(kind) ? QUICK : SLOW, { exportId: id } satisfies ExportJob);
    },
  };
}
