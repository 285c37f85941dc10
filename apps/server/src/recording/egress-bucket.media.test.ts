import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createEgressRecorder, type EgressRecorder } from '@hindsight/recorder/egress.recorder';
import { describeRecorderContract } from '@hindsight/recorder/recorder.contract';
import type { RecorderEvent, RecordingRequest } from '@hindsight/recorder/recorder.port';
import { startEgressPlayback, type EgressPlayback } from '@hindsight/recorder/testing/egress/egress-playback';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createS3Client, DEFAULT_TIMING } from '../storage/s3-client.ts';
import { startS3Stage, type S3Stage } from '../storage/testing/s3-stage.ts';
import { createS3Segments } from './s3-segments.ts';
import { cleanEnd, openEgressStage } from '../testing/egress-stage.ts';

const POLL = { timeout: 30 * SECOND, interval: 50 };

let s3: S3Stage;
/** Egress has its own connection to the bucket. */
let uploader: S3Client;
let here: string;
let playback: EgressPlayback;
let shares = 0;
let isBucketGone = false;

beforeAll(async () => {
  s3 = await startS3Stage();
  uploader = createS3Client(s3.config({ endpoint: s3.rig.endpoint }), DEFAULT_TIMING);
  here = await mkdtemp(join(tmpdir(), 'hindsight-egress-bucket-'));
  playback = await startEgressPlayback({
    speed: 8,
    upload,
    // No folder is shared, so everything must come through the bucket.
    root: { egress: '/nowhere', here: join(here, 'nowhere') },
  });
});
async function upload(Key: string, Body: Buffer): Promise<void> {
  if (isBucketGone) throw new Error('NoSuchBucket');
  await uploader.send(new PutObjectCommand({ Bucket: s3.rig.bucket, Key, Body }));
}

afterAll(async () => {
  await playback.close();
  uploader.destroy();
  await s3.stop();
  await rm(here, { recursive: true });
});

/** Egress and the server use the same settings. */
function takeBucketAway(): void {
  isBucketGone = true;
  for (const method of ['GET', 'DELETE'])
    s3.proxy.fail(method, { kind: 'answer', status: 404, code: 'NoSuchBucket' }, { times: Infinity });
}

function bringBucketBack(): void {
  isBucketGone = false;
  s3.proxy.heal();
}

function createRecorder(): EgressRecorder {
  const bucket = createS3Segments(s3.config(), { timeoutMs: 1 * SECOND });
  const recorder = createEgressRecorder({
    livekitUrl: playback.url,
    apiKey: playback.apiKey,
    apiSecret: playback.apiSecret,
    segmentMs: 4 * SECOND,
    root: { here: tmpdir(), egress: '' },
    bucket,
    timing: { pollMs: 50, stopMs: 2 * SECOND },
  });
  return {
    ...recorder,
    async close() {
      await recorder.close();
      bucket.close();
    },
  };
}

function newShare() {
  shares += 1;
  return playback.share(`bucket-room-${shares}`, `sharer-${shares}`);
}

describeRecorderContract('LiveKit Egress, uploading to a bucket', {
  createRecorder,
  async startShare() {
    const share = newShare();
    return { ...share, unpublish: () => playback.unpublish(share), close: () => playback.leave(share) };
  },
  firstMediaMs: 10 * SECOND,
});

describe('a recording that egress uploads', () => {
  let recorder: EgressRecorder;
  let events: RecorderEvent[];
  let request: RecordingRequest;

  beforeEach(() => {
    recorder = createRecorder();
    events = [];
    recorder.subscribe((event) => events.push(event));
    const share = newShare();
    const destination = join(here, share.room, share.identity, `session-${shares}`);
    request = { ...share, sessionId: `session-${shares}`, quality: '720p', destination };
  });
  afterEach(() => recorder.close());

  const segments = () => events.flatMap((event) => (event.type === 'segment' ? [event] : []));
  const isOver = () => events.some(({ type }) => type === 'ended');
  const objects = async () => (await s3.rig.objectNames()).filter((key) => key.includes(request.sessionId));

  /** Requires that each listed segment is complete, and that they follow each other. */
  async function expectWhole(): Promise<void> {
    const playlist = await readFile(join(request.destination, 'full.m3u8'), 'utf8');
    const files = playlist.match(/^segment_.*$/gm) ?? [];
    expect(files.length).toBe(segments().length);
    for (const [index, file] of files.entries()) {
      expect(file).toBe(`segment_${String(index).padStart(5, '0')}.ts`);
      expect((await readFile(join(request.destination, file))).length % 188).toBe(0);
    }
  }

  it('leaves only its playlists in the bucket while it runs, and nothing afterwards', async () => {
    const { egressId } = await recorder.start(request);
    await expect.poll(() => segments().length, POLL).toBeGreaterThan(2);
    await expect
      .poll(async () => (await objects()).filter((key) => key.endsWith('.ts')).length, POLL)
      .toBeLessThan(2);
    await recorder.stop(egressId);
    expect(isOver()).toBe(true);
    await expectWhole();
    expect(await objects()).toEqual([]);
    expect((await readdir(request.destination)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['answers with errors', { kind: 'answer', status: 500, code: 'InternalError' }],
    ['is silent', { kind: 'silence' }],
    ['breaks off', { kind: 'cut answer' }],
  ] as const)('is complete though the bucket %s now and then', async (_what, trouble) => {
    await recorder.start(request);
    await expect.poll(() => segments().length, POLL).toBeGreaterThan(0);
    s3.proxy.fail('GET', trouble, { times: 4, containing: request.sessionId });
    const before = segments().length;
    await expect.poll(() => segments().length, POLL).toBeGreaterThan(before + 1);
    await recorder.stop(events[0]?.egressId ?? '');
    await expectWhole();
    expect(await objects()).toEqual([]);
  });

  it('continues when a lost bucket is back, and can be stopped while it is lost', async () => {
    const { egressId } = await recorder.start(request);
    await expect.poll(() => segments().length, POLL).toBeGreaterThan(0);
    takeBucketAway();
    const [before, asked] = [segments().length, s3.proxy.seen.length];
    await expect.poll(() => s3.proxy.seen.length, POLL).toBeGreaterThan(asked + 20);
    expect(segments().length).toBeLessThanOrEqual(before + 1);
    expect(isOver()).toBe(false);
    bringBucketBack();
    await expect.poll(() => segments().length, POLL).toBeGreaterThan(before + 2);
    await expectWhole();

    takeBucketAway();
    await recorder.stop(egressId);
    expect(isOver()).toBe(true);
    bringBucketBack();
    await expectWhole();
  });
});

it('can be captured by a server that shares no folder with egress', async () => {
  const { bucket, accessKeyId, secretAccessKey, endpoint } = s3.rig;
  const stage = await openEgressStage({
    ...{ speed: 4, endsWithMedia: true, hasWebhooks: true },
    bucket: {
      upload,
      environment: {
        ...{ STORAGE: 's3', S3_ENDPOINT: endpoint, S3_BUCKET: bucket, S3_PREFIX: 'hindsight' },
        ...{ S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey },
      },
    },
  });
  try {
    const { channelId, admin } = stage;
    const { id } = await stage.startRecording(admin);
    await expect.poll(async () => (await stage.rowOf(id)).status, POLL).toBe('STOPPED');
    expect(await stage.finalState({ id })).toEqual(cleanEnd('SHARE_ENDED'));
    const { clip } = await admin.api.mutate<CaptureResult>('replay.capture', { channelId, lastMinutes: 1 });
    const saved = () => admin.api.query<ClipDto>('clip.get', { clipId: clip.id });
    await expect.poll(async () => (await saved()).status, POLL).toBe('READY');
    expect((await saved()).videoCodec).toBe('h264');
    const names = await s3.rig.objectNames();
    expect(names).toContain(`hindsight/replays/${admin.id}/${clip.id}.mp4`);
    expect(names.filter((name) => name.includes(id))).toEqual([]);
  } finally {
    await stage.close();
  }
});
