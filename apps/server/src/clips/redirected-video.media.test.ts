import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startS3, type S3Rig } from '@hindsight/rig/servers/s3';
import { watchVideo } from '@hindsight/rig/browsers/video-playback';
import { GiB, SECOND } from '@hindsight/shared/units';
import type { UserDto } from '@hindsight/shared/account/user';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeLiveKit } from '../recording/testing/fake-livekit.ts';
import { FakeRecorder } from '../recording/testing/fake-recorder.ts';
import { loneServer } from '../cluster/testing/lone-server.ts';
import { createQuota } from '../quota/quota.service.ts';
import { createLocalStorage } from '../storage/local-storage.ts';
import { createApiClient } from '../testing/api-client.ts';
import { startTemporaryApp, type TemporaryApp } from '../testing/temporary-app.ts';
import { createReadyClip } from './testing/ready-clip.ts';

const ACCOUNT = { username: 'ada', password: 'correct horse' };
/** The video is so large that a browser doesn't fetch all of it before the user seeks near its end. */
const [SECONDS, BITRATE] = [60, '6M'];

let s3: S3Rig;
let server: TemporaryApp;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hindsight-redirected-'));
  s3 = await startS3();
  const livekit = Object.assign(new FakeLiveKit(), { mintJoinToken: () => Promise.resolve('') });
  server = await startTemporaryApp(
    {
      STORAGE: 's3',
      S3_ENDPOINT: s3.endpoint,
      S3_BUCKET: s3.bucket,
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
      S3_DOWNLOADS: 'redirect',
    },
    { livekit, recorder: new FakeRecorder() },
  );
});
afterAll(async () => {
  await server.remove();
  await s3.stop();
  await rm(root, { recursive: true });
});

async function makeVideo(): Promise<Buffer> {
  const path = join(root, 'clip.mp4');
  // Noise fills the bitrate, and a low frame rate is quick to encode.
  const picture = `testsrc2=s=640x360:r=5:d=${SECONDS},noise=alls=80:allf=t`;
  const encoding = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-b:v',
    BITRATE,
    '-pix_fmt',
    'yuv420p',
    '-g',
    '5',
  ];
  const args = ['-v', 'error', '-f', 'lavfi', '-i', picture, ...encoding, '-movflags', '+faststart', path];
  await promisify(execFile)('ffmpeg', args);
  return readFile(path);
}

it('plays in a browser directly from the bucket, from any moment, and only for its owner', async () => {
  const client = createApiClient(server.origin);
  const { id: userId, username } = await client.mutate<UserDto>('auth.register', ACCOUNT);
  const db = server.app.database;
  const channel = await db.channel.findFirstOrThrow({ where: { kind: 'VOICE' } });
  const video = await makeVideo();
  // The bucket's folder contains its objects.
  const storage = createLocalStorage({ root: s3.bucketDir, servers: loneServer() });
  await storage.open();
  const clip = await createReadyClip(
    {
      db,
      storage,
      quota: createQuota({ db, defaultQuotaBytes: GiB }),
    },
    {
      user: { id: userId, username, isInstanceAdmin: true },
      channelId: channel.id,
      communityId: channel.communityId,
    },
    { video, durationMs: SECONDS * SECOND },
  );

  const path = `/api/clips/${clip.id}/video`;
  const { answers, ...watched } = await watchVideo({
    origin: server.origin,
    account: ACCOUNT,
    path,
    jumpToSeconds: SECONDS - 10,
  });
  expect(watched).toMatchObject({ width: 640, forbidden: [] });
  expect(watched.durationSeconds).toBeCloseTo(SECONDS, 0);
  expect(watched.atSeconds).toBeGreaterThanOrEqual(SECONDS - 10);
  const [own, inBucket] = [server.origin, s3.endpoint].map((origin) =>
    answers.filter(({ url }) => url.startsWith(origin)),
  );
  expect(new Set(own?.map(({ url, status }) => `${status} ${url}`))).toEqual(
    new Set([`302 ${server.origin}${path}`]),
  );
  expect(new Set(inBucket?.map(({ status }) => status))).toEqual(new Set([206]));
  // The part before the seek wasn't fetched first.
  expect(Math.max(...(inBucket ?? []).map(({ from }) => from ?? 0))).toBeGreaterThan(video.length / 2);

  const refused = await fetch(`${server.origin}${path}`, { redirect: 'manual' });
  expect([refused.status, refused.headers.get('location')]).toEqual([401, null]);
});
