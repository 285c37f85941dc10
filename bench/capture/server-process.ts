import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '@hindsight/db/database';
import { createEmbeddedRecorder, type EmbeddedRecorderOptions } from '@hindsight/recorder/embedded.recorder';
import type { Recorder, RecorderEvent, RecordingRequest } from '@hindsight/recorder/recorder.port';
import { FINISH_DELAY_MS } from '@hindsight/server/capture/instant/instant-clips';
import { openClipServer } from '@hindsight/server/testing/clip-server';
import { createMembershipChecks } from '@hindsight/server/access/membership-checks';
import { createStreamReads } from '@hindsight/server/events/stream-reads';
import { createReplayFeed } from '@hindsight/server/recording/replay-feed';
import { openCaptureStage, type Capturer } from '@hindsight/server/testing/capture-stage';
import type { SyntheticPiece } from '@hindsight/rig/media/synthetic-buffer';
import { clipListInput, type ClipDto } from '@hindsight/shared/clips/clip';
import { GiB } from '@hindsight/shared/units';
import { layOut } from './ways-to-file.ts';

// This process is a server with nothing but captures, and recordings on request, to measure what they cost it. It gets its
// orders as messages and answers each with one.

/** This names the part of the buffer to capture: what the buttons offer, or a range. */
export type Wanted = { lastMinutes: 1 | 10 } | { from: string; to: string };

/** These are the messages that the process accepts. */
/** A server finds its buffers and files in the directory, and all else in the database. */
export interface ServerPlace {
  directory: string;
  databaseUrl: string;
}

export type Order =
  /** Without `finishDelayMs`, posters and files are made as long after a press as in production. */
  | ({ type: 'open'; viewer: Capturer; finishDelayMs?: number } & ServerPlace)
  /** Makes the requests that the page of a channel makes before it shows a button to press. */
  | { type: 'visit'; capturer: Capturer }
  | { type: 'lay-out'; pieces: readonly SyntheticPiece[] }
  | { type: 'press'; capturer: Capturer; wanted: Wanted }
  /** Waits until a clip's file has been written, and deletes the clip. */
  | { type: 'settle'; capturer: Capturer; clipId: string }
  /** Deletes a clip whose file nobody needs. */
  | { type: 'remove'; capturer: Capturer; clipId: string }
  /** Captures for all of them at once, and waits until the files have been written. */
  | { type: 'capture-all'; capturers: readonly Capturer[]; lastMinutes: 1 | 10 }
  | {
      type: 'record';
      recorder: Pick<EmbeddedRecorderOptions, 'livekitUrl' | 'apiKey' | 'apiSecret' | 'segmentMs'>;
      shares: readonly RecordingRequest[];
    }
  /** Measures how long the thread is blocked, from now until the answer to `delay`. */
  | { type: 'watch-delay' }
  | { type: 'delay' }
  | { type: 'recordings' }
  | { type: 'close' };

export interface Delay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** These figures say how the recordings are doing. */
export interface RecordingsHealth {
  running: number;
  degraded: number;
  lostPackets: number;
  missingMs: number;
}

/** These are the messages that the process answers with. */
export type Answer =
  | { type: 'opened'; origin: string }
  | { type: 'visited' }
  | { type: 'laid-out'; ms: number }
  | { type: 'accepted'; clipId: string }
  /** This follows `accepted` as soon as the clip can be watched. */
  | { type: 'ready'; clipId: string; videoUrl: string }
  | { type: 'settled' }
  | { type: 'removed' }
  | { type: 'captured' }
  | { type: 'recording' }
  | { type: 'watching' }
  | { type: 'delay'; delay: Delay }
  | { type: 'recordings'; health: RecordingsHealth }
  | { type: 'closed' };

const answer = (message: Answer) => process.send?.(message);

type Stage = Awaited<ReturnType<typeof openCaptureStage>>;

let stage: Stage | undefined;
let recorder: Recorder | undefined;
const events: RecorderEvent[] = [];
const delay = monitorEventLoopDelay({ resolution: 1 });

function opened(): Stage {
  if (stage === undefined) throw new Error('the server has not been opened');
  return stage;
}

async function visit({ user, channelId }: Capturer): Promise<void> {
  const { db, access, timeline, policy, planThread, events: appEvents, quota, clips, chat } = opened();
  const { readAhead } = planThread;
  const reads = createStreamReads();
  const memberships = createMembershipChecks({ db, reads });
  const feed = createReplayFeed({
    ...{ db, access, timeline, readAhead, policy },
    ...{ events: appEvents, reads, memberships },
  });
  await chat.unread.list(user);
  await chat.conversations.list(user);
  await feed.mine(user, channelId);
  await quota.mine(user.id);
  await clips.list(user.id, clipListInput.parse({}));
}

async function press({ user, channelId }: Capturer, wanted: Wanted): Promise<void> {
  const { events: clipEvents, capture } = opened();
  const clipId = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<ClipDto>();
  const stop = clipEvents.listen('clip', ({ event }) => {
    if (event.type !== 'changed' || event.clip.status === 'PROCESSING') return;
    void clipId.promise.then((id) => event.clip.id === id && ended.resolve(event.clip));
  });
  const { clip } = await capture.accept(user, { channelId, ...wanted, pressedAgoMs: 0 });
  clipId.resolve(clip.id);
  answer({ type: 'accepted', clipId: clip.id });
  const { id, status, errorCode, videoUrl } = await ended.promise;
  stop();
  if (status !== 'READY') throw new Error(`the clip is ${status}: ${errorCode}`);
  answer({ type: 'ready', clipId: id, videoUrl: videoUrl ?? '' });
}

async function captureAll(capturers: readonly Capturer[], lastMinutes: 1 | 10): Promise<void> {
  const clips = await Promise.all(
    capturers.map(async (capturer) => {
      const { user, channelId } = capturer;
      const { clip } = await opened().capture.accept(user, { channelId, lastMinutes, pressedAgoMs: 0 });
      return { capturer, id: clip.id };
    }),
  );
  // The clips are written one after the other, so they are also awaited one after the other.
  for (const { capturer, id } of clips) await opened().settled(capturer, id);
}

async function record(order: Extract<Order, { type: 'record' }>): Promise<void> {
  recorder = createEmbeddedRecorder(order.recorder);
  recorder.subscribe((event) => events.push(event));
  for (const share of order.shares) await recorder.start(share);
}

async function health(): Promise<RecordingsHealth> {
  const recordings = (await recorder?.list()) ?? [];
  const sum = (count: (one: (typeof recordings)[number]) => number) =>
    recordings.reduce((total, one) => total + count(one), 0);
  return {
    running: recordings.length,
    degraded: events.filter((event) => event.type === 'degraded' && event.isDegraded).length,
    lostPackets: sum(({ losses }) => losses?.lostPackets ?? 0),
    missingMs: sum(({ losses }) => losses?.missingMs ?? 0),
  };
}

async function handleOrder(order: Order): Promise<void> {
  switch (order.type) {
    case 'open': {
      const { directory, databaseUrl, viewer, finishDelayMs = FINISH_DELAY_MS } = order;
      const database = await openDatabase(databaseUrl);
      stage = await openCaptureStage({
        directory,
        database,
        quotaBytes: 100 * GiB,
        finishDelayMs,
      });
      const { origin } = await openClipServer(stage, viewer);
      stage.mixThreads.warmUp();
      answer({ type: 'opened', origin });
      return;
    }
    case 'lay-out': {
      const startedAt = performance.now();
      layOut(order.pieces);
      answer({ type: 'laid-out', ms: performance.now() - startedAt });
      return;
    }
    case 'visit':
      await visit(order.capturer);
      answer({ type: 'visited' });
      return;
    case 'press':
      return press(order.capturer, order.wanted);
    case 'settle': {
      await opened().settled(order.capturer, order.clipId);
      await opened().clips.remove(order.capturer.user.id, order.clipId);
      answer({ type: 'settled' });
      return;
    }
    case 'remove':
      await opened().clips.remove(order.capturer.user.id, order.clipId);
      answer({ type: 'removed' });
      return;
    case 'capture-all':
      await captureAll(order.capturers, order.lastMinutes);
      answer({ type: 'captured' });
      return;
    case 'record':
      await record(order);
      answer({ type: 'recording' });
      return;
    case 'watch-delay':
      delay.reset();
      delay.enable();
      answer({ type: 'watching' });
      return;
    case 'delay': {
      delay.disable();
      const ms = (percentile: number) => delay.percentile(percentile) / 1e6;
      answer({ type: 'delay', delay: { p50Ms: ms(50), p99Ms: ms(99), maxMs: delay.max / 1e6 } });
      return;
    }
    case 'recordings':
      answer({ type: 'recordings', health: await health() });
      return;
    case 'close':
      await recorder?.close();
      await stage?.close();
      answer({ type: 'closed' });
      process.exit(0);
  }
}

process.on('message', (order: Order) => {
  handleOrder(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
