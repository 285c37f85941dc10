import type { RecorderEvent } from '@hindsight/recorder/recorder.port';
import { APP_ERRORS, type AppErrorCode } from '@hindsight/shared/errors';
import { SECOND } from '@hindsight/shared/units';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createTailAges } from './tail-ages.ts';

/** An attempt to make a clip ends in one of these ways. */
type ClipEnd = 'ready' | 'failed';

/** These error codes are counted under a common type, because several codes mean the same failure. */
const ERROR_TYPES: Partial<Record<AppErrorCode, string>> = {
  RECORDER_UNAVAILABLE: 'egress_failed',
  CONCATENATION_FAILED: 'ffmpeg_failed',
  FFMPEG_UNAVAILABLE: 'ffmpeg_failed',
};

const LOG_LEVELS = ['warn', 'error', 'fatal'];

export type Metrics = ReturnType<typeof createMetrics>;

/** Counts what happens in this process. Nothing here throws or waits; gauges of the current state are read on demand. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const captures = new Counter({
    name: 'replay_buffer_captures_total',
    help: 'Captures that were accepted.',
    registers,
  });
  const finished = new Counter({
    name: 'replay_buffer_captures_finished_total',
    help: 'Captures and trims that became a clip (ready) or were given up (failed).',
    labelNames: ['outcome'],
    registers,
  });
  const acceptDuration = new Histogram({
    name: 'replay_buffer_capture_accept_duration_seconds',
    help: 'Time from the request for a capture to its answer.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const captureDuration = new Histogram({
    name: 'replay_buffer_capture_duration_seconds',
    help: 'Time from the request for a capture to the finished clip, with waiting and failed attempts.',
    buckets: [0.25, 0.5, 1, 2, 5, 10, 20, 60, 180, 600],
    registers,
  });
  const ffmpegDuration = new Histogram({
    name: 'replay_buffer_ffmpeg_duration_seconds',
    help: 'Time that runs of ffmpeg took.',
    labelNames: ['outcome'],
    buckets: [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 120, 600],
    registers,
  });
  const errors = new Counter({
    name: 'replay_buffer_errors_total',
    help: 'Errors and refusals by type: the code of the error in lower case; egress_failed and ffmpeg_failed for those of recorder and ffmpeg.',
    labelNames: ['type'],
    registers,
  });
  const packets = {
    received: new Counter({
      name: 'replay_buffer_recorder_packets_received_total',
      help: 'RTP packets that recorders have received.',
      registers,
    }),
    lost: new Counter({
      name: 'replay_buffer_recorder_packets_lost_total',
      help: 'RTP packets that are missing from recordings.',
      registers,
    }),
    recovered: new Counter({
      name: 'replay_buffer_recorder_packets_recovered_total',
      help: 'RTP packets that arrived after they were requested again.',
      registers,
    }),
  };
  const tailAges = createTailAges();
  // The registry reads the gauge.
  void new Gauge({
    name: 'replay_buffer_tail_freshness_seconds',
    help: 'Age of the newest finished segment of the recording that is furthest behind; nothing while nothing is recorded.',
    registers,
    collect() {
      // For a metric without labels, `reset` would set the value to 0.
      this.remove();
      const oldestMs = tailAges.oldestMs(Date.now());
      if (oldestMs !== null) this.set(oldestMs / SECOND);
    },
  });
  const logLines = new Counter({
    name: 'hindsight_log_lines_total',
    help: 'Lines of the log that ask for attention.',
    labelNames: ['level'],
    registers,
  });
  const requestDuration = new Histogram({
    name: 'hindsight_http_request_duration_seconds',
    help: 'Answers by route; event streams, which stay open, are not counted.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });

  // All label values start at 0, because a counter that appears only with its first error has no rate at that moment.
  for (const code of Object.keys(APP_ERRORS) as AppErrorCode[]) errors.inc({ type: errorType(code) }, 0);
  for (const level of LOG_LEVELS) logLines.inc({ level }, 0);
  for (const outcome of ['ready', 'failed'] satisfies ClipEnd[]) finished.inc({ outcome }, 0);

  function countError(code: AppErrorCode): void {
    errors.inc({ type: errorType(code) });
  }

  return {
    registry,
    countError,

    captureAccepted(seconds: number): void {
      captures.inc();
      acceptDuration.observe(seconds);
    },

    /**
     * Counts a finished clip.
     * @param seconds since the capture was requested; null for a clip that no capture request made, such as a trim
     */
    clipReady(seconds: number | null): void {
      finished.inc({ outcome: 'ready' satisfies ClipEnd });
      if (seconds !== null) captureDuration.observe(seconds);
    },

    clipFailed(code: AppErrorCode): void {
      finished.inc({ outcome: 'failed' satisfies ClipEnd });
      countError(code);
    },

    ffmpegEnded(seconds: number, isOk: boolean): void {
      ffmpegDuration.observe({ outcome: isOk ? 'ok' : 'failed' }, seconds);
    },

    /** Adds the packets counted since the last call. */
    packets(since: { received: number; lost: number; recovered: number }): void {
      packets.received.inc(since.received);
      packets.lost.inc(since.lost);
      packets.recovered.inc(since.recovered);
    },

    recorderEvent(event: RecorderEvent): void {
      tailAges.follow(event);
      if (event.type === 'ended' && event.reason === 'failed') countError('RECORDER_UNAVAILABLE');
    },

    logLine(level: string): void {
      if (LOG_LEVELS.includes(level)) logLines.inc({ level });
    },

    requestEnded({ method, route, status, seconds }: RequestEnd): void {
      requestDuration.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
  };
}

interface RequestEnd {
  method: string;
  /** This is the route's pattern, never the requested path. */
  route: string;
  status: number;
  seconds: number;
}

function errorType(code: AppErrorCode): string {
  return ERROR_TYPES[code] ?? code.toLowerCase();
}
