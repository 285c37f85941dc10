import type { CaptureFeature } from './capture/capture-feature.ts';
import type { Log } from './log.ts';
import type { Recording } from './recording/recording.ts';
import type { Servers } from './cluster/servers.ts';

/**
 * Takes over from other servers as soon as they are gone, rather than at the next periodic check.
 * @returns the function that ends it and waits for pending work
 */
export function startServerTakeover({
  servers,
  recording,
  captures,
  log,
}: {
  servers: Pick<Servers, 'onGone' | 'onForgotten'>;
  recording: Pick<Recording, 'takeOver' | 'reconcile'>;
  captures: Pick<CaptureFeature, 'resumeInterrupted'>;
  log: Pick<Log, 'error'>;
}): () => Promise<void> {
  const closing = new AbortController();
  /** The takeovers run one after the other. */
  let last: Promise<void> = Promise.resolve();

  function enqueue(work: () => Promise<void>): void {
    last = last
      .then(() => (closing.signal.aborted ? undefined : work()))
      .catch((error: unknown) => log.error({ err: error }, 'taking over from another server failed'));
  }

  const stops = [
    servers.onGone(() => {
      enqueue(() => recording.takeOver());
      enqueue(() => captures.resumeInterrupted());
    }),
    // Other servers may have claimed this one's recordings, and two must not record one share.
    servers.onForgotten(() => enqueue(() => recording.reconcile(closing.signal))),
  ];

  return async () => {
    for (const stop of stops) stop();
    closing.abort();
    await last;
  };
}
