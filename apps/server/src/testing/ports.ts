import type { Recorder } from '@hindsight/recorder/recorder.port';
import type { LiveKit } from '../voice/livekit.ts';

/** This LiveKit has no rooms and no participants. */
export const emptyLiveKit: LiveKit = {
  mintJoinToken: () => Promise.resolve('token'),
  readToken: () => Promise.resolve(null),
  participant: () => Promise.resolve(null),
  participants: () => Promise.resolve([]),
  rooms: () => Promise.resolve([]),
  removeParticipant: () => Promise.resolve(),
  setMayShare: () => Promise.resolve(),
};

/** This recorder is never asked to record. */
export const idleRecorder: Recorder = {
  flushesAtOnce: true,
  supportsVoices: true,
  adopt: () => Promise.resolve(false),
  start: () => Promise.reject(new Error('not in this test')),
  stop: () => Promise.resolve(),
  setVoices: () => Promise.resolve(),
  flush: () => Promise.resolve({ readableToMs: null }),
  list: () => Promise.resolve([]),
  ping: () => Promise.resolve(),
  subscribe: () => () => undefined,
  close: () => Promise.resolve(),
};
