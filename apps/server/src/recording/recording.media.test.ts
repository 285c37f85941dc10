import type { Worker } from 'node:worker_threads';
import { allowance } from '@hindsight/rig/media/allowance';
import { startLivekit, type LivekitRig } from '@hindsight/rig/servers/livekit';
import { createEmbeddedRecorder, spawnRecorderWorker } from '@hindsight/recorder/embedded.recorder';
import type { Recorder } from '@hindsight/recorder/recorder.port';
import { SyntheticPublisher } from '@hindsight/recorder/testing/synthetic-publisher';
import type { StartInput } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { timelineRanges } from '../buffer/timeline.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { createLiveKit } from '../voice/livekit.ts';
import type { Recording } from './recording.ts';
import { openStage, type Stage } from './testing/stage.ts';

/** These are the recorder's threads, oldest first. */
const workers: Worker[] = [];
const POLL = { timeout: 40 * SECOND, interval: 200 };

let rig: LivekitRig;
let stage: Stage;
let recorder: Recorder;
let recording: Recording;
let publisher: SyntheticPublisher;
let user: SignedInUser;
let channelId: string;

beforeAll(async () => {
  [rig, stage] = await Promise.all([startLivekit(), openStage()]);
  recorder = createEmbeddedRecorder({
    ...rig,
    livekitUrl: rig.url,
    segmentMs: 2 * SECOND,
    reconnectMs: 3 * SECOND,
    spawnWorker(settings) {
      const worker = spawnRecorderWorker(settings);
      workers.push(worker);
      return worker;
    },
  });
  recording = stage.createRecordingWith({ recorder, livekit: createLiveKit(rig) });
  const community = await stage.createCommunity();
  channelId = community.channelId;
  user = await stage.createUser(community.id);
  publisher = await publish();
});
afterAll(async () => {
  await publisher.close();
  await recording.close();
  await recorder.close();
  await rig.stop();
  await stage.close();
});

const publish = () => SyntheticPublisher.start({ livekit: rig, room: channelId, identity: user.id });
const timeline = () => stage.timeline.of({ userId: user.id, channelId }, Date.now());
const bufferedMs = async () =>
  timelineRanges(await timeline()).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
const sessions = () => stage.db.egressSession.findMany({ orderBy: { createdAt: 'asc' } });

function share(): StartInput {
  const { videoTrackSid, audioTrackSid } = publisher;
  return {
    channelId,
    videoTrackSid,
    ...(audioTrackSid === undefined ? {} : { audioTrackSid }),
    quality: '720p',
  };
}

it('buffers a real share without gaps, up to the moment of a flush', async () => {
  await recording.sessions.start(user, share());
  await expect.poll(bufferedMs, POLL).toBeGreaterThan(5 * SECOND);

  await recording.flush({ userId: user.id, channelId });
  const nowMs = Date.now();
  const pieces = await timeline();
  expect(timelineRanges(pieces)).toHaveLength(1);
  expect(nowMs - (pieces.at(-1)?.toMs ?? 0)).toBeLessThan(allowance(500, 2000));
  expect(pieces[0]?.fromMs).toBe((await sessions())[0]?.startedAt?.getTime());
  expect(pieces.map(({ isDiscontinuity }) => isDiscontinuity)).not.toContain(true);
});

it('keeps the buffer after a stop, and joins it with that of the next start', async () => {
  const [first] = await sessions();
  const ended = await recording.sessions.stop(user, first?.id ?? '');
  const before = await timeline();
  expect(Date.parse(ended.endedAt ?? '')).toBe(before.at(-1)?.toMs);

  const next = await recording.sessions.start(user, share());
  await expect.poll(async () => (await timeline()).length, POLL).toBeGreaterThan(before.length);
  const pieces = await timeline();
  const joint = pieces.findIndex(({ sessionId }) => sessionId === next.id);
  expect(pieces.slice(0, joint)).toEqual(before);
  expect(pieces[joint]).toMatchObject({ isDiscontinuity: true });
  // Picture and sound have the same format again, so joining the two needs no re-encoding.
  expect(new Set(pieces.map(({ codecKey }) => codecKey)).size).toBe(1);
});

it('resumes the share when the recorder loses its connection', async () => {
  const running = (await sessions()).at(-1);
  const admin = new RoomServiceClient(rig.url, rig.apiKey, rig.apiSecret);
  await admin.removeParticipant(channelId, running?.egressId ?? '');
  await expect
    .poll(async () => (await sessions()).slice(-2).map(({ status, endReason }) => [status, endReason]), POLL)
    .toEqual([
      ['STOPPED', 'CONNECTION_LOST'],
      ['ACTIVE', null],
    ]);
});

it('resumes the share at once when the recorder’s thread dies, and keeps what was buffered', async () => {
  await expect.poll(async () => (await sessions()).at(-1)?.status, POLL).toBe('ACTIVE');
  const running = (await sessions()).at(-1);
  const ofThis = async () => (await timeline()).filter(({ sessionId }) => sessionId === running?.id);
  await expect.poll(async () => (await ofThis()).length, POLL).toBeGreaterThan(0);
  const before = await timeline();
  const noticed = new Promise<number>((resolve) => {
    recorder.subscribe(({ type }) => type === 'ended' && resolve(Date.now()));
  });
  const diedMs = Date.now();
  await workers.at(-1)?.terminate();
  await expect
    .poll(async () => (await sessions()).slice(-2).map(({ status, endReason }) => [status, endReason]), POLL)
    .toEqual([
      ['FAILED', 'RECORDER_FAILED'],
      ['ACTIVE', null],
    ]);
  const [failed, next] = (await sessions()).slice(-2);
  expect(failed?.id).toBe(running?.id);
  expect((await noticed) - diedMs).toBeLessThan(allowance(2 * SECOND, 5 * SECOND));
  await expect.poll(async () => (await timeline()).at(-1)?.sessionId, POLL).toBe(next?.id);
  const kept = (await timeline()).map(({ path }) => path);
  for (const { path } of before) expect(kept).toContain(path);
  expect(diedMs - ((await ofThis()).at(-1)?.toMs ?? 0)).toBeLessThan(allowance(2 * SECOND, 4 * SECOND));
});

it('ends when the share ends, and leaves the room unchanged', async () => {
  await publisher.unpublishAll();
  await expect
    .poll(async () => (await sessions()).at(-1), POLL)
    .toMatchObject({ status: 'STOPPED', endReason: 'SHARE_ENDED' });
  expect(await recorder.list()).toEqual([]);
  await recording.reconcile(new AbortController().signal);
  expect((await sessions()).filter(({ endedAt }) => endedAt === null)).toEqual([]);
  expect(await recording.feed.status(user, channelId)).toEqual([]);
});

it('keeps the buffer when LiveKit dies, and refuses starts with that reason', async () => {
  await publisher.close();
  publisher = await publish();
  const { id } = await recording.sessions.start(user, share());
  const ofThis = async () => (await timeline()).filter(({ sessionId }) => sessionId === id);
  await expect.poll(ofThis, POLL).not.toEqual([]);

  await rig.kill();
  await publisher.kill();
  await expect
    .poll(async () => (await sessions()).at(-1), POLL)
    .toMatchObject({ id, status: 'STOPPED', endReason: 'CONNECTION_LOST' });
  expect((await ofThis()).at(-1)?.toMs).toBe((await sessions()).at(-1)?.endedAt?.getTime());
  await expect(recording.sessions.start(user, share())).rejects.toMatchObject({
    code: 'LIVEKIT_UNAVAILABLE',
  });
});
