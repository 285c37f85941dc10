import { useEffect, useSyncExternalStore } from 'react';
import { SECOND } from '@hindsight/shared/units';

const REVIVE_AFTER_MS = 3 * SECOND;

function onVisibilityChange(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

/**
 * Returns whether the page is on screen. Subscriptions run only while it is: a browser opens at most six HTTP/1.1
 * connections to one origin over all its tabs, and a few forgotten tabs would leave none for the page in use.
 */
export function useIsOnScreen(): boolean {
  return useSyncExternalStore(onVisibilityChange, () => document.visibilityState === 'visible');
}

/**
 * Opens a subscription again when the server refused its stream; EventSource itself retries only streams that dropped.
 */
export function useRevival(subscription: { status: string; reset: () => void }): void {
  const { status, reset } = subscription;
  useEffect(() => {
    if (status !== 'error') return undefined;
    const timer = setTimeout(reset, REVIVE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [status, reset]);
}
