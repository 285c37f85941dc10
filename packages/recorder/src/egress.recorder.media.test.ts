import { tmpdir } from 'node:os';
import { startSharer } from '@hindsight/rig/browsers/sharer';
import { afterAll, beforeAll } from 'vitest';
import { describeRecorderContract } from './recorder.contract.ts';
import { startEgressPlayback, type EgressPlayback } from './testing/egress/egress-playback.ts';
import { createEgressRecorder } from './egress.recorder.ts';

const SEGMENT_MS = 4000;
/** The recording is played this many times as fast. */
const SPEED = 8;

let playback: EgressPlayback;
let shares = 0;

beforeAll(async () => {
  playback = await startEgressPlayback({ speed: SPEED, root: { egress: '/out', here: tmpdir() } });
});
afterAll(() => playback.close());

describeRecorderContract('LiveKit Egress, played back', {
  createRecorder: () =>
    createEgressRecorder({
      livekitUrl: playback.url,
      apiKey: playback.apiKey,
      apiSecret: playback.apiSecret,
      segmentMs: SEGMENT_MS,
      root: { here: tmpdir(), egress: '/out' },
      timing: { pollMs: 50 },
    }),
  async startShare() {
    shares += 1;
    const share = playback.share(`room-${shares}`, `sharer-${shares}`);
    return { ...share, unpublish: () => playback.unpublish(share), close: () => playback.leave(share) };
  },
  firstMediaMs: 10_000,
});

/**
 * The same contract runs with a real egress, where one can be reached: EGRESS_TEST_URL is its LiveKit, EGRESS_TEST_KEY and
 * EGRESS_TEST_SECRET are LiveKit's, and EGRESS_TEST_ROOT is the path at which egress sees this machine's temporary folder.
 */
const { EGRESS_TEST_URL, EGRESS_TEST_KEY, EGRESS_TEST_SECRET, EGRESS_TEST_ROOT } = process.env;
if (EGRESS_TEST_URL !== undefined) {
  const livekit = {
    url: EGRESS_TEST_URL,
    apiKey: EGRESS_TEST_KEY ?? '',
    apiSecret: EGRESS_TEST_SECRET ?? '',
  };
  describeRecorderContract('LiveKit Egress', {
    createRecorder: () =>
      createEgressRecorder({
        ...{ livekitUrl: livekit.url, apiKey: livekit.apiKey, apiSecret: livekit.apiSecret },
        segmentMs: SEGMENT_MS,
        root: { here: tmpdir(), egress: EGRESS_TEST_ROOT ?? tmpdir() },
      }),
    startShare: () =>
      startSharer({ livekit, room: `contract-${Date.now()}`, identity: `sharer-${Date.now()}` }),
    firstMediaMs: 20_000,
  });
}
