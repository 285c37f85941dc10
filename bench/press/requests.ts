import { Agent, request } from 'node:http';

/** What came back, and after how long. */
export interface Reply {
  status: number;
  text: string;
  ms: number;
}

export interface Sent {
  origin: string;
  path: string;
  token: string;
  body?: object;
  /** Requests of a kept connection wait for no handshake. Without an agent, each makes a connection of its own. */
  agent?: Agent | undefined;
}

/** Returns an agent that keeps its connections. */
export function keptConnections(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 64 });
}

/** Sends a POST, and measures from the call to the end of the answer. */
export function post({ origin, path, token, body, agent }: Sent): Promise<Reply> {
  const from = performance.now();
  const sent = body === undefined ? '' : JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-length': String(Buffer.byteLength(sent)),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const asked = request(
      `${origin}${path}`,
      { method: 'POST', headers, agent: agent ?? false },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text, ms: performance.now() - from }),
        );
        response.on('error', reject);
      },
    );
    asked.on('error', reject);
    asked.end(sent);
  });
}
