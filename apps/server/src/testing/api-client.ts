import type { AppErrorCode } from '@hindsight/shared/errors';

type Method = 'query' | 'mutation';

interface RefusalBody {
  error?: { message?: string; data?: { appCode?: AppErrorCode } };
}

/** An API call was refused with this error. */
class ApiError extends Error {
  readonly code: AppErrorCode | undefined;
  readonly status: number;

  constructor(status: number, body: RefusalBody) {
    super(body.error?.message ?? `status ${status}`);
    this.code = body.error?.data?.appCode;
    this.status = status;
  }
}

export type ApiClient = ReturnType<typeof createApiClient>;

/**
 * Makes a person's client of a running server, which uses HTTP and keeps its own cookies, as a browser does.
 * @param token is for somebody who is signed in already, without a cookie
 */
export function createApiClient(origin: string, token?: string) {
  const cookies = new Map<string, string>();

  function headers(): Record<string, string> {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    return {
      origin,
      'content-type': 'application/json',
      ...(cookie === '' ? {} : { cookie }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  async function call<T>(method: Method, path: string, input: unknown): Promise<T> {
    const query =
      method === 'query' && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
    const response = await fetch(`${origin}/api/trpc/${path}${query}`, {
      method: method === 'query' ? 'GET' : 'POST',
      headers: headers(),
      ...(method === 'mutation' ? { body: JSON.stringify(input ?? {}) } : {}),
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    const body = (await response.json()) as RefusalBody & { result?: { data: T } };
    if (body.result === undefined) throw new ApiError(response.status, body);
    return body.result.data;
  }

  return {
    query: <T = unknown>(path: string, input?: unknown) => call<T>('query', path, input),
    mutate: <T = unknown>(path: string, input?: unknown) => call<T>('mutation', path, input),

    /** Sends a plain request with the person's cookie. */
    fetch: (path: string, init: { method?: string; body?: string; headers?: Record<string, string> } = {}) =>
      fetch(`${origin}${path}`, { ...init, headers: { ...headers(), ...init.headers } }),

    /** Yields what a subscription sends as server-sent events. */
    async *subscribe<T>(path: string, input: unknown, signal: AbortSignal): AsyncGenerator<T> {
      const query = `?input=${encodeURIComponent(JSON.stringify(input))}`;
      const response = await fetch(`${origin}/api/trpc/${path}${query}`, {
        headers: { ...headers(), accept: 'text/event-stream' },
        signal,
      });
      if (!response.ok || response.body === null)
        throw new ApiError(response.status, (await response.json()) as RefusalBody);
      let pending = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        pending += chunk;
        const blocks = pending.split('\n\n');
        pending = blocks.pop() ?? '';
        for (const block of blocks) {
          const isMessage = !/^event: /m.test(block);
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (isMessage && data !== undefined && data !== '') yield JSON.parse(data) as T;
        }
      }
    },
  };
}
