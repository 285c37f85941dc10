import type { CaptureFeature } from './capture/capture-feature.ts';
import type { Log } from './log.ts';
import type { Recording } from './recording/recording.ts';
import type { Servers } from './cluster/servers.ts';

/**
 * Goes on for servers as soon as they have gone, rather than at the next look at everything.
 * @returns what ends it, when what is under way is done
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
  /** One after the other. */
  let last: Promise<void> = Promise.resolve();

  function go(work: () => Promise<void>): void {
    last = last
      .then(() => (closing.signal.aborted ? undefined : work()))
      .catch((error: unknown) => log.error({ err: error }, 'going on for another server failed'));
  }

  const stops = [
    servers.onGone(() => {
      go(() => recording.takeOver());
      go(() => captures.resumeInterrupted());
    }),
    // What it records belongs to another server now: two must not record one share.
    servers.onForgotten(() => go(() => recording.reconcile(closing.signal))),
  ];

  return async () => {
    for (const stop of stops) stop();
    closing.abort();
    await last;
  };
}
