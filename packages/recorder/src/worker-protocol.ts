import type { AppErrorCode } from '@hindsight/shared/errors';
import type { RecorderEvent, RecordingRequest } from './recorder.port.ts';
import type { PacketCounts } from './rtp/loss-meter.ts';

/** Given to the worker once, when it is made. */
export interface WorkerSettings {
  livekitUrl: string;
  segmentMs: number;
  isLoopback: boolean;
  /** How long a recording goes on without LiveKit before it ends. */
  reconnectMs: number;
}

/** Main thread -> worker. Each call is answered once, with its `callId`. */
export type WorkerCall =
  | { type: 'start'; callId: number; egressId: string; request: RecordingRequest; token: string }
  | { type: 'stop'; callId: number; egressId: string }
  | { type: 'flush'; callId: number; egressId: string }
  /** Answered by a thread that isn't hung. */
  | { type: 'ping'; callId: number };

export type LogLevel = 'info' | 'warn' | 'error';

/** Worker -> main thread. */
export type WorkerMessage =
  | { type: 'answer'; callId: number; readableToMs: number | null }
  | { type: 'refusal'; callId: number; code: AppErrorCode; detail: string | undefined }
  | { type: 'event'; event: RecorderEvent }
  | { type: 'packets'; counts: PacketCounts }
  | { type: 'log'; level: LogLevel; fields: Record<string, unknown>; message: string };
