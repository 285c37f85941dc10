import type { Recorder, RecorderEvent, RecordingEnd } from '@hindsight/recorder/recorder.port';
import type { EndReason } from '@hindsight/shared/replay/replay';
import { retryWhileDatabaseIsAway } from '../database-retry.ts';
import type { Log } from '../log.ts';
import type { SessionLifecycle } from './session-lifecycle.ts';
import type { SessionRunner } from './session-runner.ts';
import { INVOLUNTARY_ENDS, type ShareResumption } from './resume-recordings.ts';

/** A recorder's own ends mean these reasons for a session. For `stopped`, this server knows the reason. */
const END_REASONS: Record<Exclude<RecordingEnd, 'stopped'>, EndReason> = {
  'share-ended': 'SHARE_ENDED',
  'participant-left': 'LEFT',
  'connection-lost': 'CONNECTION_LOST',
  'disk-full': 'DISK_FULL',
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

/** These events change what the database or somebody's page says of a session. */
type StateEvent = Exclude<RecorderEvent, { type: 'losses' | 'waiting' | 'voices' }>;

interface Report {
  event: StateEvent;
  stopReason: EndReason;
}

/**
 * Applies what recorders report to the state of sessions, in the order of the reports. While the database is away the reports wait.
 * Each says how something is by now, so of each kind only the newest one has to: however long it takes, no more than five
 * wait for a recording.
 */
export function followRecorder({ recorder, lifecycle, runner, resumption, log }: RecorderEventsDeps) {
  const closing = new AbortController();
  /** These are the sessions with reports that are being applied or wait for that, oldest first. */
  const pending = new Map<string, { waiting: Report[]; done: Promise<void> }>();

  async function apply({ event, stopReason }: Report, isRepeated: boolean): Promise<void> {
    switch (event.type) {
      case 'started':
        return lifecycle.started(event.sessionId, event.startedAtMs);
      case 'segment':
        return lifecycle.extended(event.sessionId);
      case 'degraded':
        log.info(
          { sessionId: event.sessionId, tracks: event.tracks },
          event.isDegraded ? 'a recording is degraded' : 'a recording is no longer degraded',
        );
        return lifecycle.setHealth(event.sessionId, event.isDegraded);
      case 'moved':
        return lifecycle.moved(event.sessionId, event);
      case 'ended': {
        const reason = event.reason === 'stopped' ? stopReason : END_REASONS[event.reason];
        const ended =
          (await lifecycle.end(event.sessionId, reason)) ??
          // The first attempt may have ended it although the answer was lost.
          (isRepeated ? await lifecycle.findEnded(event.sessionId, reason) : null);
        if (ended === null) return;
        log.info({ sessionId: ended.id, reason, detail: event.detail }, 'a recording ended');
        if (event.reason !== 'stopped' && INVOLUNTARY_ENDS.has(reason))
          void resumption.resume({ userId: ended.userId, channelId: ended.roomName });
      }
    }
  }

  async function applyAll(sessionId: string, waiting: Report[]): Promise<void> {
    for (let report = waiting.shift(); report !== undefined; report = waiting.shift()) {
      const current = report;
      let attempts = 0;
      await retryWhileDatabaseIsAway(() => apply(current, attempts++ > 0), {
        signal: closing.signal,
      }).catch((error: unknown) =>
        log.error(
          { err: error, sessionId },
          `the recorder's event ${current.event.type} could not be applied`,
        ),
      );
    }
    pending.delete(sessionId);
  }

  const unsubscribe = recorder.subscribe((event) => {
    if (event.type === 'waiting' || event.type === 'voices') return;
    const { sessionId } = event;
    if (event.type === 'losses') {
      log.info({ sessionId, ...event.losses }, 'packet loss in a recording');
      return;
    }
    // The reason is read now, because it is only remembered until its stop is done.
    const report = { event, stopReason: runner.stopReason(sessionId) };
    const present = pending.get(sessionId);
    if (present === undefined) {
      const waiting = [report];
      pending.set(sessionId, { waiting, done: applyAll(sessionId, waiting) });
      return;
    }
    const outdated = present.waiting.findIndex((other) => other.event.type === event.type);
    if (outdated >= 0) present.waiting.splice(outdated, 1);
    present.waiting.push(report);
  });

  const settled = async () => void (await Promise.all([...pending.values()].map(({ done }) => done)));

  return {
    /** Resolves when everything reported so far is in the database. */
    settled,

    /** Ends it once everything reported so far is in the database. What can't be stored now is settled by the next start. */
    async close(): Promise<void> {
      unsubscribe();
      closing.abort();
      await settled();
    },
  };
}
