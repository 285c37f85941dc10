import { MEDIA_KINDS, type MediaKind } from './codecs/rtp-data.ts';
import type { PacketCounts } from './rtp/loss-meter.ts';
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { isAbsolute } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AccessToken } from 'livekit-server-sdk';
import {
  NO_LOSSES,
  type Recorder,
  type RecorderEvent,
  type RecordingRequest,
  type RecordingStatus,
} from './recorder.port.ts';
import { closePlaylist } from './segments/playlist-files.ts';
import { isVoiceName } from './voices/voice-piece.ts';
import type { RecorderLog } from './recorder-log.ts';
import { WorkerClient } from './worker-client.ts';
import type { WorkerSettings } from './worker-protocol.ts';

export interface EmbeddedRecorderOptions {
  livekitUrl: string;
  apiKey: string;
  apiSecret: string;
  /** A segment is about this long: it ends with the first keyframe after this. */
  segmentMs: number;
  log?: RecorderLog;
  /** A recording waits this long for LiveKit or its publisher to come back before it ends; a minute by default. */
  reconnectMs?: number;
  /** A recording thread that has not answered for this long is replaced; half a minute by default. */
  hungAfterMs?: number;
  /** Called about once a second for each recording with the packets since the last call. */
  onPackets?: (counts: PacketCounts) => void;
  /** Whether LiveKit announces a loopback address for its media; by default when `livekitUrl` is one. */
  isLoopback?: boolean;
  /** A recording keeps at most this many voices at a time; 12 by default. */
  maxVoices?: number;
  /** At most this many threads record; by default all cores but one. */
  threads?: number;
  /** Creates a recording thread; by default the real one. */
  spawnWorker?: (settings: WorkerSettings) => Worker;
}

/** The token is used for joining only: LiveKit renews it for as long as the recorder is connected. */
const TOKEN_TTL = '10m';
const RECONNECT_MS = 60_000;
/** A disk that stalls for seconds blocks the thread too, but comes back. */
const HUNG_AFTER_MS = 30_000;
/** This many recordings cost a fifth of a core, so another thread would only take memory. */
const RECORDINGS_PER_THREAD = 16;
const MAX_VOICES = 12;
const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

interface ThreadRecording {
  status: RecordingStatus;
  destination: string;
  thread: WorkerClient;
  /**
   * `silentTracks`: these can't be used although the share is on. `isStalled`: the thread is blocked, for example by its disk. Either
   * makes the recording degraded.
   */
  silentTracks: readonly MediaKind[];
  isStalled: boolean;
}

/**
 * Creates a recorder that works inside this process, in worker threads: a hidden participant subscribes to the share and
 * writes what it receives into segments, without encoding anything anew. When a thread dies or hangs, its recordings end as
 * `failed`, and the next start gets a fresh thread.
 */
export function createEmbeddedRecorder(options: EmbeddedRecorderOptions): Recorder {
  const settings: Omit<WorkerSettings, 'calls'> = {
    livekitUrl: options.livekitUrl,
    segmentMs: options.segmentMs,
    reconnectMs: options.reconnectMs ?? RECONNECT_MS,
    maxVoices: options.maxVoices ?? MAX_VOICES,
    isLoopback: options.isLoopback ?? LOOPBACK_HOSTS.has(new URL(options.livekitUrl).hostname),
  };
  const spawnWorker = options.spawnWorker ?? spawnRecorderWorker;
  const listeners = new Set<(event: RecorderEvent) => void>();
  const recordings = new Map<string, ThreadRecording>();
  /** Recordings whose start is not answered yet. They have no events, not even an end. */
  const starting = new Set<string>();

  function emit(event: RecorderEvent): void {
    for (const listener of listeners) listener(event);
  }

  function emitHealth({ status, silentTracks, isStalled }: ThreadRecording): void {
    const { egressId, sessionId } = status;
    const tracks = isStalled ? MEDIA_KINDS : silentTracks;
    if (tracks.join() === status.degradedTracks?.join()) return;
    const isDegraded = tracks.length > 0;
    Object.assign(status, { isDegraded, degradedTracks: tracks });
    emit({ egressId, sessionId, type: 'degraded', isDegraded, tracks });
  }

  function receive(event: RecorderEvent): void {
    // The end is sent only once, even when the thread dies while the event is on its way.
    const recording = recordings.get(event.egressId);
    if (recording === undefined) return;
    if (event.type === 'degraded') {
      recording.silentTracks = event.tracks ?? [];
      emitHealth(recording);
      return;
    }
    if (event.type === 'started') recording.status.startedAtMs = event.startedAtMs;
    else if (event.type === 'waiting') recording.status.isWaiting = event.isWaiting;
    else if (event.type === 'moved') recording.status.videoTrackSid = event.videoTrackSid;
    else if (event.type === 'losses') recording.status.losses = event.losses;
    else if (event.type === 'voices') recording.status.voices = event.voices;
    else if (event.type === 'ended') recordings.delete(event.egressId);
    emit(event);
  }

  const recordingsOf = (thread: WorkerClient): ThreadRecording[] =>
    [...recordings.values()].filter((recording) => recording.thread === thread);

  function newThread(): WorkerClient {
    const startedRecordings = (): ThreadRecording[] =>
      recordingsOf(thread).filter(({ status }) => !starting.has(status.egressId));
    const thread: WorkerClient = new WorkerClient({
      spawn: (calls) => spawnWorker({ ...settings, calls }),
      log: options.log,
      hungAfterMs: options.hungAfterMs ?? HUNG_AFTER_MS,
      onPackets: (counts) => options.onPackets?.(counts),
      onEvent: receive,
      onStalled(isStalled) {
        for (const recording of startedRecordings()) {
          recording.isStalled = isStalled;
          emitHealth(recording);
        }
      },
      onDied(detail) {
        for (const { status, destination } of startedRecordings()) {
          const { egressId, sessionId } = status;
          recordings.delete(egressId);
          closePlaylist(destination);
          emit({ egressId, sessionId, type: 'ended', reason: 'failed', detail });
        }
      },
    });
    return thread;
  }

  const threadCount = options.threads ?? Math.max(1, availableParallelism() - 1);
  const threads = Array.from({ length: threadCount }, newThread);

  /** Returns the first thread with room, or else the one with the fewest recordings. */
  function threadForNext(): WorkerClient {
    const loads = threads.map((thread) => ({ thread, count: recordingsOf(thread).length }));
    const withRoom = loads.find(({ count }) => count < RECORDINGS_PER_THREAD);
    const { thread } = withRoom ?? loads.reduce((least, load) => (load.count < least.count ? load : least));
    return thread;
  }

  async function mintToken(room: string, identity: string): Promise<string> {
    const token = new AccessToken(options.apiKey, options.apiSecret, { identity, ttl: TOKEN_TTL });
    // The token never has `recorder: true`: every client would then show the room as being recorded, also to those who
    // aren't.
    token.addGrant({
      room,
      roomJoin: true,
      hidden: true,
      canPublish: false,
      canPublishData: false,
      canSubscribe: true,
    });
    return token.toJwt();
  }

  return {
    flushesAtOnce: true,
    supportsVoices: true,
    async start(request: RecordingRequest) {
      const { sessionId, room, identity, destination } = request;
      if (!isAbsolute(destination)) throw new TypeError(`destination is not absolute: ${destination}`);
      const egressId = `rec_${randomUUID()}`;
      const token = await mintToken(room, egressId);
      const { videoTrackSid } = request;
      const state = {
        isDegraded: false,
        degradedTracks: [],
        isWaiting: false,
        losses: NO_LOSSES,
        voices: [],
      };
      const status: RecordingStatus = { egressId, sessionId, room, identity, videoTrackSid, ...state };
      const thread = threadForNext();
      recordings.set(egressId, { status, destination, thread, silentTracks: [], isStalled: false });
      starting.add(egressId);
      try {
        await thread.call({ type: 'start', egressId, request, token });
      } catch (error) {
        recordings.delete(egressId);
        throw error;
      } finally {
        starting.delete(egressId);
      }
      return { egressId };
    },
    // A recording in a thread ends with its process.
    adopt: async () => false,
    async stop(egressId) {
      await recordings.get(egressId)?.thread.call({ type: 'stop', egressId });
    },
    async flush(egressId) {
      const recording = recordings.get(egressId);
      if (recording === undefined) return { readableToMs: null };
      return { readableToMs: await recording.thread.call({ type: 'flush', egressId }) };
    },
    async setVoices(egressId, voices) {
      const unfit = [...voices.keep, ...voices.forget].find((identity) => !isVoiceName(identity));
      if (unfit !== undefined) throw new TypeError(`${JSON.stringify(unfit)} can't name a voice`);
      const recording = recordings.get(egressId);
      if (recording === undefined) return;
      const token = await mintToken(recording.status.room, `${egressId}_voices`);
      await recording.thread.call({ type: 'voices', egressId, voices, token });
    },
    // It needs nothing but this process: a thread that hangs is replaced.
    async ping() {},
    async list() {
      return [...recordings.values()].map(({ status }) => ({ ...status }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      // A thread that dies meanwhile has ended its recordings too.
      await Promise.allSettled(
        [...recordings].map(([egressId, { thread }]) => thread.call({ type: 'stop', egressId })),
      );
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

/**
 * The memory of new objects is collected when this much of it is in use. By default it would be 48 MiB, and the datagrams of
 * seconds would wait in it although they were written long before.
 */
const YOUNG_GENERATION_MB = 8;

/** Creates a recording thread. @param program the thread's program, for those that add something to it */
export function spawnRecorderWorker(
  workerData: WorkerSettings,
  program = new URL('./recorder.worker.ts', import.meta.url),
): Worker {
  return new Worker(program, {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
}
