import { QueryCache, QueryClient } from '@tanstack/react-query';
import { httpBatchLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { SECOND } from '@hindsight/shared/units';
import type { PressClock } from './press-clock.ts';
import { presentError, type PresentedError } from './present-error.ts';
import type { StreamWatch } from './stream-watch.ts';
import { trpc } from './trpc.ts';

const API_PATH = '/api/trpc';
/** A server that takes longer than this may hang, and a hanging server sends no error. */
const SLOW_CALL_MS = 4 * SECOND;
/** These statuses come only from a proxy in front of a dead server. */
const GATEWAY_STATUSES = [502, 504];
/** These are the events by which a stream shows that it lives. */
const STREAM_EVENTS = ['open', 'connected', 'ping', 'message', 'serialized-error', 'return'];

/**
 * Makes the tRPC client, which calls over HTTP and subscribes over server-sent events. It calls `onSuspicion` for every
 * call that got no answer in time and for every subscription that broke off, and tells the clock what answers say of the server's.
 */
export function createApiClient({
  onSuspicion,
  clock,
  streams,
}: {
  onSuspicion: () => void;
  clock: PressClock;
  streams: StreamWatch;
}) {
  const watchedFetch: typeof fetch = async (input, init) => {
    const slowTimer = setTimeout(onSuspicion, SLOW_CALL_MS);
    const sentAt = performance.now();
    try {
      const answer = await fetch(input, init);
      const serverMs = Number(answer.headers.get('x-server-time') ?? Number.NaN);
      if (Number.isFinite(serverMs)) clock.observe({ sentAt, answeredAt: performance.now(), serverMs });
      if (answer.ok) streams.answered();
      if (GATEWAY_STATUSES.includes(answer.status)) onSuspicion();
      return answer;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) onSuspicion();
      throw error;
    } finally {
      clearTimeout(slowTimer);
    }
  };
  class WatchedEventSource extends EventSource {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      this.addEventListener('error', onSuspicion);
      streams.opened(this);
      for (const name of STREAM_EVENTS) this.addEventListener(name, streams.heard);
    }

    override close(): void {
      super.close();
      streams.closed(this);
    }
  }
  return trpc.createClient({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({ url: API_PATH, EventSource: WatchedEventSource }),
        false: httpBatchLink({ url: API_PATH, fetch: watchedFetch }),
      }),
    ],
  });
}

/** These errors pass: no answer came back at all, or the server asks for another try in a moment. */
const MAY_PASS: ReadonlySet<PresentedError['code']> = new Set(['UNREACHABLE', 'DATABASE_UNAVAILABLE']);

/** Makes the query client. It calls `onSignedOut` when any query finds that the session is over. */
export function createQueryClient({ onSignedOut }: { onSignedOut: () => void }): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error) {
        if (presentError(error).code === 'UNAUTHENTICATED') onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 10 * SECOND,
        // An answer from our server will not change when we ask again; these may.
        retry: (failures, error) => failures < 2 && MAY_PASS.has(presentError(error).code),
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
