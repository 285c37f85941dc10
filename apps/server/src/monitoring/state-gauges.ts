import type { PrismaClient } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import { Gauge, type Registry } from 'prom-client';
import { withTimeLimit, cacheAnswer } from './bounded-answers.ts';
import type { DiskGuard } from '../storage/disk-guard.ts';
import type { SessionBuffers } from '../buffer/session-buffers.ts';
import type { Readiness } from './readiness.ts';
import { RUNNING } from '../recording/session-slots.ts';

interface StateGaugesDependencies {
  registry: Registry;
  db: PrismaClient;
  buffers: Pick<SessionBuffers, 'read'>;
  disks: Readonly<Record<'buffers' | 'clips', Pick<DiskGuard, 'freeBytes'>>>;
  readiness: Readiness;
}

/** A scrape must not wait for a part that doesn't answer, and several scrapers share one answer. */
const TIMEOUT_MS = 5 * SECOND;
const KEEP_MS = 5 * SECOND;

/**
 * Makes gauges of the current state, which are updated when metrics are read. A gauge whose query fails has no value
 * then, and `hindsight_ready` shows why.
 */
export function createStateGauges({ registry, db, buffers, disks, readiness }: StateGaugesDependencies) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });

  const active = gauge('replay_buffer_active_sessions', 'Recordings that run, on all servers together.');
  const degraded = gauge(
    'replay_buffer_degraded_sessions',
    'Running recordings that get no new media though their share is on, on all servers together.',
  );
  const temp = gauge('replay_buffer_temp_storage_bytes', 'Size of all buffers that are kept.');
  const saved = gauge('replay_buffer_saved_replays_bytes', 'Size of all saved clips.');
  const queue = gauge(
    'replay_buffer_finalize_queue_length',
    'Captures and trims that are accepted and not finished, on all servers together.',
    ['kind'],
  );
  const free = gauge('hindsight_disk_free_bytes', 'Free space where buffers and clips are kept.', ['of']);
  const ready = gauge('hindsight_ready', 'Whether a part that the server needs answers, as /readyz says.', [
    'part',
  ]);

  const samples: (() => Promise<void>)[] = [
    sample(active, async () => active.set(await db.egressSession.count({ where: { status: RUNNING } }))),
    sample(degraded, async () =>
      degraded.set(await db.egressSession.count({ where: { status: RUNNING, health: 'DEGRADED' } })),
    ),
    sample(temp, async () => {
      const sessions = await db.egressSession.findMany({
        where: { purgedAt: null },
        select: { id: true, segmentPath: true },
      });
      const pieces = (await Promise.all(sessions.map((session) => buffers.read(session)))).flat();
      temp.set(pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    }),
    sample(saved, async () => {
      const { _sum } = await db.file.aggregate({
        where: { resourceType: { in: ['REPLAY_CLIP', 'REPLAY_TRACKS'] } },
        _sum: { sizeBytes: true },
      });
      saved.set(Number(_sum.sizeBytes ?? 0n));
    }),
    sample(queue, async () => {
      const [all, trims] = await Promise.all([
        db.replayClip.count({ where: { status: 'PROCESSING' } }),
        db.replayClip.count({ where: { status: 'PROCESSING', trimFromMs: { not: null } } }),
      ]);
      queue.set({ kind: 'capture' }, all - trims);
      queue.set({ kind: 'trim' }, trims);
    }),
    sample(free, async () => {
      for (const [of, disk] of Object.entries(disks)) free.set({ of }, await disk.freeBytes());
    }),
    sample(ready, async () => {
      for (const [part, state] of Object.entries(await readiness()))
        ready.set({ part }, state === 'ok' ? 1 : 0);
    }),
  ];

  const takeAll = cacheAnswer(() => Promise.all(samples.map((take) => take())), KEEP_MS);
  return {
    /** Updates all gauges whose queries succeed. Never fails. */
    async refresh(): Promise<void> {
      await takeAll();
    },
  };
}

/** Runs one query. Without an answer in time the gauge has no value, rather than an old one. */
function sample(gauge: Gauge, ask: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await withTimeLimit(ask(), TIMEOUT_MS);
    } catch {
      forget(gauge);
    }
  };
}

/** Removes a gauge's values. A reset alone would leave gauges without labels at 0. */
function forget(gauge: Gauge): void {
  gauge.reset();
  gauge.remove({});
}
