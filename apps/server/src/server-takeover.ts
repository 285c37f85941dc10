import type { CaptureFeature } from './capture/capture-feature.ts';
import type { DatabaseOutage } from './database-outage.ts';
import type { AppEvents } from './events/events.ts';
import type { Log } from './log.ts';
import type { Recording } from './recording/recording.ts';
import type { Servers } from './cluster/servers.ts';

/**
 * Settles at once, rather than at the next periodic check, what other servers left when they were gone, and what an outage of the
 * database left here.
 * @returns the function that ends it and waits for pending work
 */
export function startServerTakeover({
  servers,
  recording,
  captures,
  outage,
  events,
  log,
}: {
  servers: Pick<Servers, 'onGone' | 'onForgotten'>;
  recording: Pick<Recording, 'takeOver' | 'reconcile'>;
  captures: Pick<CaptureFeature, 'resumeInterrupted'>;
  outage: Pick<DatabaseOutage, 'onBack'>;
  events: Pick<AppEvents, 'relay'>;
  log: Pick<Log, 'error'>;
}): () => Promise<void> {
  const closing = new AbortController();
  /** The takeovers run one after the other. */
  let last: Promise<void> = Promise.resolve();

  function enqueue(work: () => Promise<void>): void {
    last = last
      .then(() => (closing.signal.aborted ? undefined : work()))
      .catch((error: unknown) => log.error({ err: error }, 'settling what was left failed'));
  }

  const stops = [
    servers.onGone(() => {
      enqueue(() => recording.takeOver());
      enqueue(() => captures.resumeInterrupted());
    }),
    // Other servers may have claimed this one's recordings, and two must not record one share.
    servers.onForgotten(() => enqueue(() => recording.reconcile(closing.signal))),
    outage.onBack(() => {
      enqueue(() => captures.resumeInterrupted());
      // What was committed although its answer was lost was told to nobody.
      events.relay('gap', {});
    }),
  ];

  return async () => {
    for (const stop of stops) stop();
    closing.abort();
    await last;
  };
}
