import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '@hindsight/recorder/embedded.recorder';
import type { RecorderEvent, RecordingRequest } from '@hindsight/recorder/recorder.port';

// This process runs nothing but the recorder, so that what it uses is what recording costs.

export interface Task {
  recorder: Pick<EmbeddedRecorderOptions, 'livekitUrl' | 'apiKey' | 'apiSecret' | 'segmentMs'>;
  share: Pick<RecordingRequest, 'room' | 'identity' | 'videoTrackSid' | 'audioTrackSid'>;
  recordings: number;
  directory: string;
  measureMs: number;
  flushes: number;
}

export interface Result {
  cpuPerRecording: number;
  rssBytes: number;
  /** Each flush has the time of its request and how long it took. */
  flushes: { atMs: number; tookMs: number }[];
}

const WARM_UP_MS = 5000;

async function run(task: Task): Promise<Result> {
  const recorder = createEmbeddedRecorder(task.recorder);
  const ids: string[] = [];
  for (let i = 0; i < task.recordings; i++) {
    const { egressId } = await recorder.start({
      ...task.share,
      sessionId: `bench-${i}`,
      quality: '720p',
      destination: join(task.directory, `${i}`),
    });
    ids.push(egressId);
  }
  while ((await recorder.list()).some(({ startedAtMs }) => startedAtMs === undefined)) await sleep(100);
  const ended: RecorderEvent[] = [];
  recorder.subscribe((event) => {
    if (event.type === 'ended') ended.push(event);
  });
  await sleep(WARM_UP_MS);

  const before = process.cpuUsage();
  const startedAt = performance.now();
  await sleep(task.measureMs);
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedAt;
  const rssBytes = process.memoryUsage.rss();

  const flushes: Result['flushes'] = [];
  const [first] = ids;
  for (let i = 0; i < task.flushes && first !== undefined; i++) {
    await sleep(1370);
    const atMs = Date.now();
    const from = performance.now();
    await recorder.flush(first);
    flushes.push({ atMs, tookMs: performance.now() - from });
    const copy = join(task.directory, `flush-${i}`);
    cpSync(join(task.directory, '0'), copy, { recursive: true });
    appendFileSync(join(copy, 'full.m3u8'), '#EXT-X-ENDLIST\n');
  }
  if (ended.length > 0) throw new Error(`recordings ended during the bench: ${JSON.stringify(ended)}`);
  await recorder.close();
  return { cpuPerRecording: (user + system) / 1000 / elapsedMs / task.recordings, rssBytes, flushes };
}

process.once('message', (task: Task) => {
  run(task).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
      process.disconnect();
    },
  );
});
