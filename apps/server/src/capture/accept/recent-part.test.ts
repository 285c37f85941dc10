import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, truncate, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECOND } from '@hindsight/shared/units';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { segmentPathOf } from '../../buffer/buffer-paths.ts';
import { createSessionBuffers, type BufferLocation, type RecentPart } from '../../buffer/session-buffers.ts';
import { segmentName, writeFixtureSession } from '../../buffer/testing/buffer-fixture.ts';
import { joinSessions } from '../../buffer/timeline.ts';
import { select } from '../plan/selection.ts';
import { requestedMs, requestedRange } from './requested-range.ts';

const T0 = Date.parse('2026-11-21T10:00:00Z');

/** Segments are whole, cut off by a crash, or gone. */
const session = fc.record({
  startsAfterSeconds: fc.integer({ min: 0, max: 120 }),
  segments: fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.constant('whole') }, fc.constant('cut'), fc.constant('gone')),
    { minLength: 1, maxLength: 40 },
  ),
  /** So many segments at the end are cut off. */
  lastCut: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 })),
});

it('finds in the part of the buffer that a press needs what it finds in the whole', async () => {
  const bufferDir = await mkdtemp(join(tmpdir(), 'hindsight-recent-'));
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(session, { minLength: 1, maxLength: 2 }),
        fc.constantFrom({ lastMinutes: 1 }, { lastSeconds: 15 }, { lastSeconds: 40 }),
        fc.integer({ min: 1, max: 300 }),
        fc.boolean(),
        async (sessions, request, pressedAfterSeconds, isLive) => {
          const locations: BufferLocation[] = [];
          for (const { startsAfterSeconds, segments, lastCut } of sessions) {
            const id = randomUUID();
            const segmentPath = segmentPathOf({ roomName: randomUUID(), userId: randomUUID(), id });
            const directory = join(bufferDir, segmentPath);
            const startMs = T0 + startsAfterSeconds * SECOND;
            await writeFixtureSession({ directory, startMs, segments: segments.length });
            for (const [index, state] of segments.entries()) {
              if (state === 'gone') await unlink(join(directory, segmentName(index)));
              else if (state === 'cut' || index >= segments.length - lastCut)
                await truncate(join(directory, segmentName(index)), 104);
            }
            locations.push({ id, segmentPath });
          }
          const pressedAtMs = T0 + pressedAfterSeconds * SECOND;
          const found = async (recent?: RecentPart) => {
            const buffers = createSessionBuffers({ bufferDir });
            const timeline = joinSessions(
              await Promise.all(locations.map((location) => buffers.read(location, recent))),
            );
            const range = requestedRange(request, { timeline, isLive, pressedAtMs });
            return { range, selection: select(timeline, range) };
          };
          const recent = { ms: requestedMs(request) ?? Number.NaN, beforeMs: pressedAtMs };
          const [part, whole] = [await found(recent), await found()];
          // Whether the first piece plays on from one that isn't needed may differ, and does not matter.
          expect(part.range).toEqual(whole.range);
          expect(rangesOf(part.selection)).toEqual(rangesOf(whole.selection));
        },
      ),
      { numRuns: 100 },
    );
  } finally {
    await rm(bufferDir, { recursive: true });
  }
});

const rangesOf = (selection: ReturnType<typeof select>) =>
  selection?.runs.map(({ fromMs, toMs, pieces }) => ({
    fromMs,
    toMs,
    paths: pieces.map(({ path }) => path),
  }));
