import { SECOND } from '@hindsight/shared/units';

/**
 * The monitor knows whether the server answers. A failed call makes it check; while the server is down it keeps
 * checking.
 */
export interface ServerMonitor {
  /** Reports that a call got no answer: the monitor checks at once whether the server is down. */
  suspect(): void;
  close(): void;
}

/**
 * Makes a monitor of the server.
 * @param probe resolves to true when the server is healthy; must not reject
 * @param onChange called only when the answer changes; the server counts as reachable at first
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

/** Asks the health endpoint. Returns false when nothing answers, or only a proxy in front of a dead server. */
export async function probeHealth(): Promise<boolean> {
  try {
    const answer = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(3 * SECOND) });
    return answer.ok;
  } catch {
    return false;
  }
}
