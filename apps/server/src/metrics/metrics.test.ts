import { join } from 'node:path';
import { AppError } from '@hindsight/shared/errors';
import type { CommunityDto } from '@hindsight/shared/community/community';
import type { SessionDto } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import type { UserDto } from '@hindsight/shared/account/user';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { createApiClient, type ApiClient } from '../testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';
import { FakeLiveKit } from '../recording/testing/fake-livekit.ts';
import { FakeRecorder } from '../recording/testing/fake-recorder.ts';
import { createMetrics } from './metrics.ts';
import { readMetrics } from './testing/read-metrics.ts';

const SEGMENT_BYTES = 5000;

describe('metrics of a running server', () => {
  const livekit = Object.assign(new FakeLiveKit(), { mintJoinToken: () => Promise.resolve('token') });
  const recorder = new FakeRecorder();
  let server: TemporaryApp;
  let ada: ApiClient;
  let user: UserDto;
  let channelId: string;
  let userNumber = 0;

  /** Reads a metric now. The server updates it only every few seconds, so the clock is moved on by as much. */
  function metric(name: string) {
    return expect.poll(async () => {
      vi.setSystemTime(Date.now() + 6 * SECOND);
      return (await readMetrics(server.origin)).get(name);
    });
  }

  async function valueOf(name: string): Promise<number> {
    return (await readMetrics(server.origin)).get(name) ?? Number.NaN;
  }

  async function startRecording(): Promise<SessionDto> {
    livekit.publish(channelId, user.id, { screen: 'TR_VS1' });
    return ada.mutate<SessionDto>('replay.start', { channelId, videoTrackSid: 'TR_VS1', quality: '720p' });
  }

  /** Writes two segments of a buffer as a recorder would. */
  async function writeSegments(sessionId: string): Promise<void> {
    const directory = join(server.dataDir, 'files', 'replay-buffer', channelId, user.id, sessionId);
    const startMs = Date.now() - 8 * SECOND;
    await writeFixtureSession({ directory, startMs, segments: 2, segmentBytes: SEGMENT_BYTES });
  }

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    server = await startTemporaryApp({}, { livekit, recorder });
  });
  afterAll(async () => {
    await server.remove();
    vi.useRealTimers();
  });
  beforeEach(async () => {
    ada = createApiClient(server.origin);
    user = await ada.mutate<UserDto>('auth.register', {
      username: `ada${userNumber++}`,
      password: 'correct horse',
    });
    const [community] = await ada.query<CommunityDto[]>('community.list');
    channelId = community?.channels.find(({ kind }) => kind === 'VOICE')?.id ?? '';
  });

  it('show how many recordings run, how far behind they are, and the size of their buffers', async () => {
    await metric('replay_buffer_active_sessions').toBe(0);
    const { id } = await startRecording();
    await metric('replay_buffer_active_sessions').toBe(1);

    expect((await readMetrics(server.origin)).has('replay_buffer_tail_freshness_seconds')).toBe(false);
    recorder.started(id, Date.now() - 100 * SECOND);
    expect(await valueOf('replay_buffer_tail_freshness_seconds')).toBeGreaterThanOrEqual(100);
    recorder.segment(id, Date.now() - 54 * SECOND, Date.now() - 50 * SECOND);
    const freshness = await valueOf('replay_buffer_tail_freshness_seconds');
    expect(freshness).toBeGreaterThanOrEqual(50);
    expect(freshness).toBeLessThan(90);

    await writeSegments(id);
    await metric('replay_buffer_temp_storage_bytes').toBe(2 * SEGMENT_BYTES);

    recorder.degraded(id, true);
    await metric('replay_buffer_degraded_sessions').toBe(1);

    const failedBefore = await valueOf('replay_buffer_errors_total{type="egress_failed"}');
    recorder.end(id, 'failed');
    await metric('replay_buffer_errors_total{type="egress_failed"}').toBe(failedBefore + 1);
    expect((await readMetrics(server.origin)).has('replay_buffer_tail_freshness_seconds')).toBe(false);
  });

  it('count refusals by type, of procedures and of other routes', async () => {
    const before = await readMetrics(server.origin);
    const name = (type: string) => `replay_buffer_errors_total{type="${type}"}`;
    recorder.beforeStart = () => Promise.reject(new AppError('RECORDER_UNAVAILABLE'));
    await expect(startRecording()).rejects.toMatchObject({ code: 'RECORDER_UNAVAILABLE' });
    recorder.beforeStart = async () => undefined;
    const { userReplayQuota } = server.app.database;
    await userReplayQuota.updateMany({ where: { userId: user.id }, data: { quotaBytes: 0n } });
    await expect(startRecording()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect((await ada.fetch('/api/clips/0199e7a0-0000-7000-8000-00000000dead/video')).status).toBe(404);

    const after = await readMetrics(server.origin);
    for (const type of ['egress_failed', 'quota_exceeded', 'not_found'])
      expect([type, (after.get(name(type)) ?? 0) - (before.get(name(type)) ?? 0)]).toEqual([type, 1]);
  });

  it('show the size of saved clips and the number of unfinished ones', async () => {
    const { database: db } = server.app;
    const now = new Date();
    const media = { mimeType: 'video/mp4', checksum: '' };
    const video = { ...media, filename: 'x.mp4', sizeBytes: 123_000n, storageKey: 'replays/x/x.mp4' };
    const tracks = { ...media, filename: 'y.mp4', sizeBytes: 456n, storageKey: 'replays/x/y.mp4' };
    const file = await db.file.create({ data: { ...video, resourceType: 'REPLAY_CLIP' } });
    const tracksFile = await db.file.create({ data: { ...tracks, resourceType: 'REPLAY_TRACKS' } });
    const clip = { userId: user.id, roomName: channelId, title: 'x', fromAt: now, toAt: now, durationMs: 1 };
    await db.replayClip.create({
      data: { ...clip, status: 'READY', fileId: file.id, tracksFileId: tracksFile.id },
    });
    await db.replayClip.create({ data: clip });
    await db.replayClip.create({ data: { ...clip, trimFromMs: 0, trimToMs: 1 } });
    await metric('replay_buffer_saved_replays_bytes').toBe(123_456);
    await metric('replay_buffer_finalize_queue_length{kind="capture"}').toBe(1);
    expect(await valueOf('replay_buffer_finalize_queue_length{kind="trim"}')).toBe(1);
  });

  it('measure answers by route, never by path', async () => {
    await ada.fetch('/healthz');
    await ada.fetch(`/api/clips/${user.id}/poster.jpg`);
    const text = [...(await readMetrics(server.origin)).keys()].join('\n');
    const count = (route: string, status: string) =>
      `hindsight_http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`;
    expect(text).toContain(count('/healthz', '2xx'));
    expect(text).toContain(count('/api/clips/:id/poster.jpg', '4xx'));
    expect(text).not.toContain(user.id);
  });

  it('stay readable, and show what is unavailable, without LiveKit and the recorder', async () => {
    livekit.isDown = true;
    await metric('hindsight_ready{part="livekit"}').toBe(0);
    livekit.isDown = false;
    await metric('hindsight_ready{part="livekit"}').toBe(1);
    await metric('hindsight_ready{part="database"}').toBe(1);
    expect(await valueOf('hindsight_disk_free_bytes{of="buffers"}')).toBeGreaterThan(0);
  });
});

describe('metrics', () => {
  it('have each counter from the start, so that the first error already has a rate', async () => {
    const text = await createMetrics().registry.metrics();
    expect(text).toContain('replay_buffer_errors_total{type="ffmpeg_failed"} 0');
    expect(text).toContain('replay_buffer_captures_total 0');
    expect(text).toContain('replay_buffer_captures_finished_total{outcome="failed"} 0');
    expect(text).toContain('hindsight_log_lines_total{level="error"} 0');
  });
});
