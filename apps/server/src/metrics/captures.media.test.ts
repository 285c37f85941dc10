import { SECOND } from '@hindsight/shared/units';
import { afterEach, expect, it } from 'vitest';
import { openCaptureStage, type CaptureStage, type StageOptions } from '../testing/capture-stage.ts';
import { parseMetrics } from './testing/read-metrics.ts';

let stage: CaptureStage;
afterEach(() => stage.close());

/** Captures six seconds and reads the metrics. A change of codec needs ffmpeg. */
async function captured(options: StageOptions = {}, codecChanges = false) {
  stage = await openCaptureStage(options);
  const capturer = await stage.createCapturer();
  const startMs = Date.now() - 8 * SECOND;
  const change = codecChanges ? { codec: 'vp9' as const } : {};
  await stage.record(capturer, { startMs, durationMs: 4 * SECOND, ...change });
  await stage.record(capturer, { startMs: startMs + 4 * SECOND, durationMs: 4 * SECOND });
  const { clip } = await stage.captureRange(capturer, startMs + SECOND, startMs + 7 * SECOND);
  const { status } = await stage.settled(capturer, clip.id);
  const metrics = async () => parseMetrics(await stage.metrics.registry.metrics());
  return { status, capturer, clip, metrics };
}

/** Clips are ready, or failed, a moment before they are counted. */
function finished(metrics: () => Promise<Map<string, number>>, outcome: string) {
  return expect.poll(async () =>
    (await metrics()).get(`replay_buffer_captures_finished_total{outcome="${outcome}"}`),
  );
}

it('counts a capture, the duration of its answer, its clip and the whole duration', async () => {
  const { status, metrics, clip, capturer } = await captured();
  expect(status).toBe('READY');
  await finished(metrics, 'ready').toBe(1);
  const of = await metrics();
  expect(of.get('replay_buffer_captures_total')).toBe(1);
  expect(of.get('replay_buffer_capture_accept_duration_seconds_count')).toBe(1);
  expect(of.get('replay_buffer_captures_finished_total{outcome="failed"}')).toBe(0);
  expect(of.get('replay_buffer_capture_duration_seconds_count')).toBe(1);
  expect(of.get('replay_buffer_capture_duration_seconds_sum')).toBeGreaterThan(0);

  // A trim is made by ffmpeg, and no capture requested it.
  const trim = await stage.trim(capturer, { clipId: clip.id, fromMs: 1000, toMs: 3000, mode: 'new' });
  expect((await stage.settled(capturer, trim.id)).status).toBe('READY');
  await finished(metrics, 'ready').toBe(2);
  const after = await metrics();
  expect(after.get('replay_buffer_capture_duration_seconds_count')).toBe(1);
  expect(after.get('replay_buffer_ffmpeg_duration_seconds_count{outcome="ok"}')).toBeGreaterThan(0);
  expect(after.get('replay_buffer_ffmpeg_duration_seconds_sum{outcome="ok"}')).toBeGreaterThan(0);
});

it('counts failed captures by the type of their error', async () => {
  const { status, metrics } = await captured({ ffmpegPath: '/no/such/ffmpeg' }, true);
  expect(status).toBe('FAILED');
  await finished(metrics, 'failed').toBe(1);
  const of = await metrics();
  expect(of.get('replay_buffer_captures_total')).toBe(1);
  expect(of.get('replay_buffer_errors_total{type="ffmpeg_failed"}')).toBe(1);
  expect(of.get('replay_buffer_capture_duration_seconds_count')).toBe(0);
  expect(of.get('replay_buffer_ffmpeg_duration_seconds_count{outcome="failed"}')).toBeGreaterThan(0);
});
