import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { parsePlaylist } from '@hindsight/recorder/segments/playlist-reader';
import { SyntheticPublisher } from '@hindsight/recorder/testing/synthetic-publisher';
import type { Capturer } from '@hindsight/server/testing/capture-stage';
import { SECOND } from '@hindsight/shared/units';
import type { Delay, RecordingsHealth, ServerPlace } from './server-process.ts';
import { CaptureServer } from './capture-server.ts';

/** The figures say what a server did and how its recordings fared during a stretch of time. */
export interface LoadFigures extends RecordingsHealth {
  seconds: number;
  delay: Delay;
  /** This is the longest unrecorded time between two segments of any recording, in ms. It is 0 except for rounding. */
  longestHoleMs: number;
}

const QUIET_MS = 20 * SECOND;
const WARM_UP_MS = 5 * SECOND;
/** The last segments are closed within this time. */
const TAIL_MS = 6 * SECOND;
const SEGMENT_MS = 4000;

/**
 * Records a share as often as there are capturers, in a server that does nothing else at first, and then captures a clip for
 * all of them at once.
 */
export async function captureBesideRecordings(
  place: ServerPlace,
  capturers: readonly Capturer[],
  lastMinutes: 1 | 10,
): Promise<{ quiet: LoadFigures; capturing: LoadFigures }> {
  const livekit = await startLivekit();
  const room = 'bench';
  const publisher = await SyntheticPublisher.start({ livekit, room, identity: 'sharer' });
  try {
    const [viewer] = capturers;
    if (viewer === undefined) throw new Error('nobody captures');
    await using server = new CaptureServer();
    await server.tell({ type: 'open', ...place, viewer }, 'opened');
    const destinations = capturers.map((_, index) => join(place.directory, `recording-${index}`));
    const { videoTrackSid, audioTrackSid } = publisher;
    const shares = destinations.map((destination, index) => ({
      ...{ sessionId: `bench-${index}`, room, identity: 'sharer', videoTrackSid, destination },
      ...(audioTrackSid === undefined ? {} : { audioTrackSid }),
      quality: '720p' as const,
    }));
    const { url: livekitUrl, apiKey, apiSecret } = livekit;
    const recorder = { livekitUrl, apiKey, apiSecret, segmentMs: SEGMENT_MS };
    await server.tell({ type: 'record', recorder, shares }, 'recording');
    await sleep(WARM_UP_MS);

    const watch = async (work: () => Promise<unknown>): Promise<LoadFigures> => {
      const before = await server.tell({ type: 'recordings' }, 'recordings');
      await server.tell({ type: 'watch-delay' }, 'watching');
      const fromMs = Date.now();
      await work();
      const toMs = Date.now();
      const { delay } = await server.tell({ type: 'delay' }, 'delay');
      await sleep(TAIL_MS);
      const after = await server.tell({ type: 'recordings' }, 'recordings');
      const holes = destinations.map((one) => longestHoleMs(join(one, 'full.m3u8'), { fromMs, toMs }));
      return {
        ...{ seconds: (toMs - fromMs) / 1000, delay, longestHoleMs: Math.max(...holes) },
        running: after.health.running,
        degraded: after.health.degraded - before.health.degraded,
        lostPackets: after.health.lostPackets - before.health.lostPackets,
        missingMs: after.health.missingMs - before.health.missingMs,
      };
    };
    const quiet = await watch(() => sleep(QUIET_MS));
    const capturing = await watch(() =>
      server.tell({ type: 'capture-all', capturers, lastMinutes }, 'captured'),
    );
    return { quiet, capturing };
  } finally {
    await publisher.close();
    await livekit.stop();
  }
}

/** Returns the longest hole in a recording during a stretch of time, by the times of its playlist, in ms. */
function longestHoleMs(playlist: string, { fromMs, toMs }: { fromMs: number; toMs: number }): number {
  const pieces = parsePlaylist(readFileSync(playlist, 'utf8'));
  const near = pieces.filter((piece) => piece.fromMs + piece.durationMs > fromMs && piece.fromMs < toMs);
  const last = near.at(-1);
  if (last === undefined) throw new Error(`${playlist} has nothing of that time`);
  // A recording that has stopped has a hole at the end.
  const missingAtEnd = toMs - (last.fromMs + last.durationMs);
  const holes = near
    .slice(1)
    .map((piece, index) => piece.fromMs - ((near[index]?.fromMs ?? 0) + (near[index]?.durationMs ?? 0)));
  return Math.max(0, missingAtEnd, ...holes);
}
