import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStoppableServer } from '@hindsight/db/testing-outages';
import { writeSegments } from '@hindsight/mp4/testing/written-segments';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { createDatabaseOutage } from '../database-outage.ts';
import { createLog } from '../log.ts';
import { openBufferedPeople, type Visitor } from './buffered-people.ts';

const SEGMENTS = 5;
const SEGMENT_MS = 4 * SECOND;
/** The server takes some thousands of requests a minute from one address. */
const PAUSE_MS = 100;

/** A press as somebody experiences it: a clip, or the code of the error that refused it. */
export interface Press {
  key: string;
  startedAt: number;
  settledAt: number | null;
  clipId?: string;
  code?: string | undefined;
}

export type OutageStage = Awaited<ReturnType<typeof openOutageStage>>;

/** Starts the whole server on a PostgreSQL server that tests kill, with people who have something to save. */
export async function openOutageStage() {
  const postgres = await startStoppableServer();
  /** These are the lines at info and above. */
  const lines: { level: number; msg: string; queue?: string }[] = [];
  const outage = createDatabaseOutage();
  const log = createLog({
    level: 'info',
    destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    onDatabaseAway: outage.noticed,
  });
  const people = await openBufferedPeople({ DATABASE_URL: postgres.url }, { log, outage });

  /** Makes somebody whose share of twenty seconds has just ended. */
  async function createSharer(): Promise<Visitor> {
    const sharer = await people.register();
    const endMs = Date.now();
    const startMs = endMs - SEGMENTS * SEGMENT_MS;
    const { directory } = await people.createSession({
      userId: sharer.user.id,
      channelId: people.channelId,
      startMs,
      endMs,
    });
    await writeSegments(directory, SEGMENTS);
    const entries = Array.from({ length: SEGMENTS }, (_, index) => {
      const time = new Date(startMs + index * SEGMENT_MS).toISOString();
      return `#EXT-X-PROGRAM-DATE-TIME:${time}\n#EXTINF:4.000,\nseg_${index}.m4s\n`;
    });
    const head = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="init_0.mp4"\n';
    await writeFile(join(directory, 'full.m3u8'), head + entries.join(''));
    return sharer;
  }

  async function press({ api }: Visitor, presses: Press[]): Promise<void> {
    const one: Press = { key: randomUUID(), startedAt: performance.now(), settledAt: null };
    presses.push(one);
    const input = { channelId: people.channelId, lastMinutes: 1, pressKey: one.key };
    try {
      one.clipId = (await api.mutate<CaptureResult>('replay.capture', input)).clip.id;
    } catch (error) {
      one.code = (error as { code?: string }).code ?? String(error);
    }
    one.settledAt = performance.now();
  }

  return {
    ...people,
    postgres,
    lines,
    createSharer,

    /** Lets somebody press again and again until the signal aborts. Resolves when the last press has ended. */
    async pressOn(sharer: Visitor, presses: Press[], signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        await press(sharer, presses);
        await sleep(PAUSE_MS);
      }
    },

    clipOf: ({ api }: Visitor, clipId: string) => api.query<ClipDto>('clip.get', { clipId }),

    async remove(): Promise<void> {
      await people.remove();
      await postgres.stop();
    },
  };
}
