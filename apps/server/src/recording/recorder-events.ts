import type { Recorder, RecorderEvent, RecordingEnd } from '@hindsight/recorder/recorder.port';
import type { EndReason } from '@hindsight/shared/replay/replay';
import type { Log } from '../log.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';
import type { SessionRunner } from './session-runner.ts';
import type { ShareResumption } from './resume-recordings.ts';

/** A recorder's own ends mean these reasons for a session. For `stopped`, this server knows the reason. */
const END_REASONS: Record<Exclude<RecordingEnd, 'stopped'>, EndReason> = {
  'share-ended': 'SHARE_ENDED',
  'participant-left': 'LEFT',
  'connection-lost': 'CONNECTION_LOST',
  failed: 'RECORDER_FAILED',
};

export interface RecorderEventsDeps {
  recorder: Pick<Recorder, 'subscribe'>;
  lifecycle: SessionLifecycle;
  runner: Pick<SessionRunner, 'stopReason'>;
  resumption: Pick<ShareResumption, 'resume'>;
  log: Log;
}

export type RecorderEvents = ReturnType<typeof followRecorder>;

/** Applies what recorders report to the state of sessions, in the order of the reports. */
export function followRecorder({ recorder, lifecycle, runner, resumption, log }: RecorderEventsDeps) {
  const pending = new Map<string, Promise<void>>();

  async function apply(event: RecorderEvent, stopReason: EndReason): Promise<void> {
    switch (event.type) {
      case 'started':
        return lifecycle.started(event.sessionId, event.startedAtMs);
      case 'segment':
        return lifecycle.extended(event.sessionId);
      case 'degraded':
        return lifecycle.setHealth(event.sessionId, event.isDegraded);
      case 'moved':
        return lifecycle.moved(event.sessionId, event);
      case 'losses':
        log.info({ sessionId: event.sessionId, ...event.losses }, 'packet loss in a recording');
        return;
      case 'waiting':
        return;
      case 'ended': {
        const reason = event.reason === 'stopped' ? stopReason : END_REASONS[event.reason];
        const ended = await lifecycle.end(event.sessionId, reason);
        if (ended === null) return;
        log.info({ sessionId: ended.id, reason, detail: event.detail }, 'a recording ended');
        if (event.reason === 'connection-lost' || event.reason === 'failed')
          void resumption.resume({ userId: ended.userId, channelId: ended.roomName });
      }
    }
  }

  const unsubscribe = recorder.subscribe((event) => {
    // The reason is read now, because it is only remembered until its stop is done.
    const stopReason = runner.stopReason(event.sessionId);
    const before = pending.get(event.sessionId) ?? Promise.resolve();
    const done = before
      .then(() => apply(event, stopReason))
      .catch((error: unknown) =>
        log.error(
          { err: error, sessionId: event.sessionId },
          `the recorder's event ${event.type} could not be applied`,
        ),
      )
      .finally(() => {
        if (pending.get(event.sessionId) === done) pending.delete(event.sessionId);
      });
    pending.set(event.sessionId, done);
  });

  return {
    /** Resolves when everything reported so far is in the database. */
    async settled(): Promise<void> {
      await Promise.all(pending.values());
    },

    async close(): Promise<void> {
      unsubscribe();
      await Promise.all(pending.values());
    },
  };
}
