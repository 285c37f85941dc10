import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '@hindsight/shared/error-code';
import { AppError } from '@hindsight/shared/errors';
import { Recording } from './recording.ts';
import { ThreadPace } from './thread-pace.ts';
import type { WorkerCall, WorkerMessage, WorkerSettings } from './worker-protocol.ts';

// This is the worker thread's side of the embedded recorder: it takes calls and sends answers and events.

const port = parentPort;
if (port === null) throw new Error('recorder.worker.ts runs as a worker thread only');
const settings: WorkerSettings = workerData;
const recordings = new Map<string, Recording>();
const pace = new ThreadPace(settings.calls);

function post(message: WorkerMessage): void {
  port?.postMessage(message);
}

async function start(call: WorkerCall & { type: 'start' }): Promise<null> {
  const { egressId, request, token } = call;
  const recording = new Recording({
    ...settings,
    egressId,
    request,
    token,
    pace,
    emit: (event) => {
      if (event.type === 'ended') recordings.delete(egressId);
      post({ type: 'event', event });
    },
    onPackets: (counts) => post({ type: 'packets', counts }),
    log: (level, fields, message) => post({ type: 'log', level, fields, message }),
  });
  recordings.set(egressId, recording);
  try {
    await recording.start();
  } catch (error) {
    recordings.delete(egressId);
    throw error;
  }
  return null;
}

async function run(call: WorkerCall): Promise<number | null> {
  if (call.type === 'ping') return null;
  if (call.type === 'start') return start(call);
  const recording = recordings.get(call.egressId);
  if (call.type === 'flush') return recording?.flush() ?? null;
  if (call.type === 'voices') {
    recording?.setVoices(call.voices, call.token);
    return null;
  }
  await recording?.stop();
  return null;
}

async function answer(call: WorkerCall): Promise<void> {
  const { callId } = call;
  try {
    post({ type: 'answer', callId, readableToMs: await run(call) });
  } catch (error) {
    if (error instanceof AppError) {
      post({ type: 'refusal', callId, code: error.code, detail: error.detail });
      const cause = error.cause instanceof Error ? error.cause.message : undefined;
      post({ type: 'log', level: 'warn', fields: { code: error.code, cause }, message: 'recording refused' });
    } else {
      post({ type: 'refusal', callId, code: 'RECORDER_UNAVAILABLE', detail: messageOf(error) });
    }
  }
}

port.on('message', (call: WorkerCall) => void answer(call));

// An unhandled rejection inside werift must not end the other recordings of this thread.
process.on('unhandledRejection', (error) => {
  post({
    type: 'log',
    level: 'error',
    fields: { error: String(error) },
    message: 'unhandled rejection in the recorder',
  });
});
