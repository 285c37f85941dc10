import type { AppErrorCode } from '@hindsight/shared/errors';
import type { KeptVoices, RecorderEvent, RecordingRequest } from './recorder.port.ts';
import type { PacketCounts } from './rtp/loss-meter.ts';

/** The settings that a worker thread gets once, when it is created. */
export interface WorkerSettings {
  livekitUrl: string;
  segmentMs: number;
  isLoopback: boolean;
  /** A recording goes on for this long without LiveKit before it ends. */
  reconnectMs: number;
  /** A recording keeps at most this many voices at a time. */
  maxVoices: number;
  /** Shared memory with the number of calls that wait for an answer. The thread rests on it while it is 0. */
  calls: Int32Array<SharedArrayBuffer>;
}

/** The main thread sends these calls to the worker. Each is answered once, with its `callId`. */
export type WorkerCall =
  | { type: 'start'; callId: number; egressId: string; request: RecordingRequest; token: string }
  | { type: 'stop'; callId: number; egressId: string }
  | { type: 'flush'; callId: number; egressId: string }
  /** The token is for joining the room beside the recording. */
  | { type: 'voices'; callId: number; egressId: string; voices: KeptVoices; token: string }
  /** A ping is answered by any thread that doesn't hang. */
  | { type: 'ping'; callId: number };

export type LogLevel = 'info' | 'warn' | 'error';

/** The worker sends these messages to the main thread. */
export type WorkerMessage =
  | { type: 'answer'; callId: number; readableToMs: number | null }
  | { type: 'refusal'; callId: number; code: AppErrorCode; detail: string | undefined }
  | { type: 'event'; event: RecorderEvent }
  | { type: 'packets'; counts: PacketCounts }
  | { type: 'log'; level: LogLevel; fields: Record<string, unknown>; message: string };
