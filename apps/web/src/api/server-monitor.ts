import { SECOND } from '@hindsight/shared/units';

/** Knows whether the server answers. Failed calls make it look; while the server is down it keeps looking. */
export interface ServerMonitor {
  /** A call got no answer: look at once, whether that was only the call. */
  suspect(): void;
  close(): void;
}

/**
 * @param probe resolves to true when the server is healthy; must not reject
 * @param onChange told only when the answer changes; the server counts as reachable at first
 */
export function createServerMonitor({
  probe,
  onChange,
  retryMs = 2 * SECOND,
}: {
  probe: () => Promise<boolean>;
  onChange: (isReachable: boolean) => void;
  retryMs?: number;
}): ServerMonitor {
  let isReachable = true;
  let isLooking = false;
  let isClosed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function look(): Promise<void> {
    const isHealthy = await probe();
    if (isClosed) return;
    if (isHealthy !== isReachable) {
      isReachable = isHealthy;
      onChange(isHealthy);
    }
    if (isHealthy) isLooking = false;
    else timer = setTimeout(() => void look(), retryMs);
  }

  return {
    suspect() {
      if (isLooking || isClosed) return;
      isLooking = true;
      void look();
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Asks the health endpoint; no answer, or one of a proxy before a dead server, is no. */
export async function probeHealth(): Promise<boolean> {
  try {
    const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(3 * SECOND) });
    return answer.ok;
  } catch {
    return false;
  }
}
