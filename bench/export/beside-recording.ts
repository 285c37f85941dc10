import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RecorderProcess } from '@hindsight/recorder/testing/recorder-process';
import { startLivekit } from '@hindsight/rig/servers/livekit';
import { SECOND } from '@hindsight/shared/units';
import { startPublishers } from '../recording/publishers.ts';

const WARM_UP_MS = 5 * SECOND;

/** What a recording lost while work was done beside it. */
interface Losses {
  seconds: number;
  lostPackets: number;
  recordedBytes: number;
}

/** Records a share of real RTP through a real livekit-server while `work` runs, and says what the recording lost meanwhile. */
export async function recordingBeside(work: () => Promise<unknown>): Promise<Losses> {
  const livekit = await startLivekit();
  const publishers = await startPublishers({ livekit, shares: 1 });
  const directory = await mkdtemp(join(tmpdir(), 'hindsight-beside-'));
  const { url: livekitUrl, apiKey, apiSecret } = livekit;
  try {
    const recorder = await RecorderProcess.start({
      recorder: { livekitUrl, apiKey, apiSecret, segmentMs: 4 * SECOND },
      requests: publishers.shares.map((share) => ({
        ...share,
        ...{ sessionId: '0', quality: '720p', destination: join(directory, 'recording') },
      })),
    });
    await sleep(WARM_UP_MS);
    const before = await recorder.sample();
    await work();
    const after = await recorder.sample();
    await recorder.stop();
    return {
      seconds: (after.atMs - before.atMs) / SECOND,
      lostPackets: after.losses.lostPackets - before.losses.lostPackets,
      recordedBytes: after.segmentBytes - before.segmentBytes,
    };
  } finally {
    publishers.close();
    await livekit.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
