import { isAbsolute, join, relative } from 'node:path';
import { access } from 'node:fs/promises';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import type { EgressInfo, WebhookEvent } from 'livekit-server-sdk';
import type { RecorderLog } from './recorder-log.ts';
import type { Recorder, RecorderEvent, RecordingRequest, RecordingStatus } from './recorder.port.ts';
import type { MeasureBlackTail } from './egress/trim-black-tail.ts';
import { BucketMirror } from './egress/bucket-mirror.ts';
import { EgressFiles } from './egress/egress-files.ts';
import { EgressRecording } from './egress/egress-recording.ts';
import { directoryOf, trackCompositeRequest } from './egress/egress-request.ts';
import { createEgressService, UnansweredError } from './egress/egress-service.ts';
import { egressTiming, type EgressTiming } from './egress/egress-timing.ts';
import type { SegmentBucket } from './egress/segment-bucket.ts';

export interface EgressRecorderOptions {
  livekitUrl: string;
  apiKey: string;
  apiSecret: string;
  segmentMs: number;
  /**
   * All recordings' destinations lie under this root, an absolute path here and as egress sees it. With a bucket, egress sees
   * the bucket's prefix instead.
   */
  root: { here: string; egress: string };
  /**
   * Egress uploads to this bucket, and its files are fetched from there; without one, egress writes into a folder that it
   * shares with us.
   */
  bucket?: SegmentBucket | undefined;
  /** Without this, the black that the end of a share leaves is not cut off. */
  measureBlackTail?: MeasureBlackTail;
  log?: RecorderLog;
  timing?: Partial<EgressTiming>;
  startTimeoutSeconds?: number;
}

export interface EgressRecorder extends Recorder {
  /** Takes a verified webhook of LiveKit, which brings news sooner than polling. */
  onWebhook(event: WebhookEvent): void;
}

/** After this, workers may have come back without anybody having tried to record. */
const START_FAILURE_COUNTS_MS = 5 * MINUTE;
/** Clocks that differ by more than this shift clips noticeably. */
const CLOCK_SKEW_MS = 2 * SECOND;

/**
 * Creates a recorder that uses LiveKit Egress: a worker decodes and encodes each share anew and writes segments into a folder
 * that it shares with us, or into a bucket. Recordings go on when our process dies; `adopt` resumes them.
 */
export function createEgressRecorder(options: EgressRecorderOptions): EgressRecorder {
  const { segmentMs, measureBlackTail, bucket, log } = options;
  const root = { here: options.root.here, egress: bucket?.prefix ?? options.root.egress };
  const service = createEgressService(options);
  const timing = { ...egressTiming(segmentMs), ...options.timing };
  const listeners = new Set<(event: RecorderEvent) => void>();
  const recordings = new Map<string, EgressRecording>();
  const loops = new Set<Promise<void>>();
  /** The newest start failed like this. LiveKit doesn't tell otherwise whether there are workers. */
  let startFailure: { error: unknown; atMs: number } | null = null;

  function emit(event: RecorderEvent): void {
    if (event.type === 'ended') recordings.delete(event.egressId);
    for (const listener of listeners) listener(event);
  }

  function follow(egressId: string, request: RecordingRequest, isResumed: boolean): EgressRecording {
    const files = filesOf(request);
    const deps = { service, timing, emit, measureBlackTail, log, files };
    const recording = new EgressRecording(egressId, request, deps, isResumed);
    recordings.set(egressId, recording);
    const loop = recording.run().finally(() => loops.delete(loop));
    loops.add(loop);
    return recording;
  }

  /**
   * Makes sure that the tracks are published: egress accepts any track and gives a wrong one up only after 30 s.
   * @throws AppError NOT_SHARING, RECORDER_UNAVAILABLE
   */
  async function requirePublished(request: RecordingRequest): Promise<void> {
    const { room, identity, videoTrackSid, audioTrackSid } = request;
    const published = await service.participant(room, identity).catch((error: unknown) => {
      throw error instanceof UnansweredError ? new AppError('RECORDER_UNAVAILABLE', { cause: error }) : error;
    });
    const sids = new Set(published?.tracks.map(({ sid }) => sid));
    if (!sids.has(videoTrackSid) || (audioTrackSid !== undefined && !sids.has(audioTrackSid)))
      throw new AppError('NOT_SHARING');
  }

  function filesOf({ destination: directory }: RecordingRequest): EgressFiles {
    if (bucket === undefined) return new EgressFiles(directory);
    return new EgressFiles(
      directory,
      new BucketMirror({ bucket, folder: directoryForEgress(directory), directory }),
    );
  }

  function directoryForEgress(destination: string): string {
    const path = relative(root.here, destination);
    if (!isAbsolute(destination) || path === '' || path.startsWith('..'))
      throw new TypeError(`destination is not inside ${root.here}: ${destination}`);
    return join(root.egress, path);
  }

  function warnOfClock(info: EgressInfo, calledMs: number): void {
    const startedMs = Number(info.startedAt / 1_000_000n);
    const skewMs = Math.max(calledMs - startedMs, startedMs - Date.now());
    if (skewMs > CLOCK_SKEW_MS)
      log?.warn(
        { egressId: info.egressId, skewMs },
        "LiveKit's clock differs from ours: clips will be off by as much",
      );
  }

  /** Lists egresses into our folder that nobody here follows, left by a process that died or a start whose answer was lost. */
  async function unfollowed(): Promise<RecordingStatus[]> {
    const found: RecordingStatus[] = [];
    for (const info of await service.running()) {
      if (recordings.has(info.egressId)) continue;
      const path = relative(root.egress, segmentDirectory(info) ?? '/');
      const [room, identity, sessionId, ...rest] = path.split('/');
      const isOurs = rest.length === 0 && room !== '..' && sessionId !== undefined;
      // Another installation on the same LiveKit may use the same paths, but not the same folder.
      if (!isOurs || room === undefined || identity === undefined || !(await exists(join(root.here, path))))
        continue;
      found.push({ egressId: info.egressId, sessionId, room, identity, isDegraded: false });
    }
    return found;
  }

  return {
    flushesAtOnce: false,
    supportsVoices: false,
    setVoices: async () => undefined,

    async start(request) {
      const directory = directoryForEgress(request.destination);
      await requirePublished(request);
      await filesOf(request).create();
      const calledMs = Date.now();
      const info = await service
        .start(trackCompositeRequest(request, { directory, segmentMs, upload: bucket?.upload }))
        .catch((error: unknown) => {
          startFailure = { error, atMs: Date.now() };
          throw error;
        });
      startFailure = null;
      warnOfClock(info, calledMs);
      follow(info.egressId, request, false).receive(info);
      return { egressId: info.egressId };
    },

    async adopt({ egressId, ...request }) {
      if (recordings.has(egressId)) return true;
      try {
        const info = await service.find(egressId);
        if (info === null) return false;
        follow(egressId, request, true).receive(info);
      } catch (error) {
        if (!(error instanceof UnansweredError)) throw error;
        // LiveKit can't be asked now, and the egress may still be running.
        follow(egressId, request, true);
      }
      return true;
    },

    async stop(egressId) {
      const recording = recordings.get(egressId);
      if (recording !== undefined) return recording.stop();
      try {
        await service.stop(egressId);
      } catch (error) {
        throw new AppError('RECORDER_UNAVAILABLE', { cause: error });
      }
    },

    async flush(egressId) {
      return { readableToMs: (await recordings.get(egressId)?.flush()) ?? null };
    },

    async ping() {
      await service.running();
      if (startFailure === null || Date.now() - startFailure.atMs > START_FAILURE_COUNTS_MS) return;
      const { error } = startFailure;
      // Workers that are busy are no missing ones.
      if (error instanceof AppError && error.code === 'RECORDER_UNAVAILABLE') throw error;
    },

    async list() {
      const followed = [...recordings.values()].map(({ status }) => status);
      const others = await unfollowed().catch((error: unknown) => {
        if (error instanceof UnansweredError) return [];
        throw error;
      });
      return [...followed, ...others];
    },

    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    onWebhook({ event, egressInfo, participant }) {
      if (egressInfo !== undefined) recordings.get(egressInfo.egressId)?.receive(egressInfo);
      // The worker's identity is the id of the egress.
      if (event === 'participant_left' && participant !== undefined)
        recordings.get(participant.identity)?.noteWorkerLeft();
    },

    async close() {
      await Promise.all(
        [...recordings.values()].map((recording) => recording.stop().catch(() => recording.abandon())),
      );
      await Promise.all(loops);
    },
  };
}

function segmentDirectory({ request }: EgressInfo): string | null {
  if (request.case !== 'trackComposite') return null;
  return directoryOf(request.value.segmentOutputs[0]?.filenamePrefix ?? '');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
