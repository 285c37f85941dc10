import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { buffer } from 'node:stream/consumers';

/** The trouble is a fault that a request meets. */
export type Trouble =
  /** The storage answers with an error of its own. */
  | { kind: 'answer'; status: number; code: string }
  /** The storage answers that an upload is complete, and forgets it. */
  | { kind: 'pretend' }
  /** The connection ends within the request's body. */
  | { kind: 'cut request' }
  /** The connection ends within the answer. */
  | { kind: 'cut answer' }
  /** One byte of the request's body changes on the way. */
  | { kind: 'damage request' }
  /** One byte of the answer changes on the way. */
  | { kind: 'damage answer' }
  /** Nothing more arrives. */
  | { kind: 'silence' }
  /** The request is carried out, but its answer is lost. */
  | { kind: 'lose answer' }
  /** The request waits until it is released. */
  | { kind: 'hold'; until: Promise<void> };

interface Fault {
  isFor: (request: { method: string; url: string; headers: IncomingHttpHeaders }) => boolean;
  trouble: Trouble;
  /** This many requests meet the fault. */
  times: number;
}

export type FaultyProxy = Awaited<ReturnType<typeof startFaultyProxy>>;

/** Starts a proxy in front of an S3 server that makes requests fail as tests ask for. */
export async function startFaultyProxy(target: string) {
  const faults: Fault[] = [];
  const seen: { method: string; url: string }[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    seen.push({ method, url });
    const fault = faults.find(({ isFor, times }) => times > 0 && isFor({ method, url, headers }));
    if (fault !== undefined) fault.times -= 1;
    const trouble = fault?.trouble;
    if (trouble?.kind === 'cut request') {
      await once(request, 'readable');
      request.socket.destroy();
      return;
    }
    const body = await buffer(request);
    if (trouble?.kind === 'silence') return;
    if (trouble?.kind === 'answer') {
      response.writeHead(trouble.status, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>${trouble.code}</Code><Message>in trouble</Message></Error>`);
      return;
    }
    if (trouble?.kind === 'pretend') {
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end('<CompleteMultipartUploadResult><ETag>"0"</ETag></CompleteMultipartUploadResult>');
      return;
    }
    if (trouble?.kind === 'hold') {
      await trouble.until;
      // The client has given up.
      if (request.socket.destroyed) return;
    }
    if (trouble?.kind === 'damage request') damage(body);
    const { answer, bytes } = await forward(target, request, body);
    if (trouble?.kind === 'lose answer') {
      request.socket.destroy();
      return;
    }
    if (trouble?.kind === 'damage answer') damage(bytes);
    response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    if (trouble?.kind === 'cut answer') {
      response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
      return;
    }
    response.end(bytes);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');

  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    /** These requests have arrived, oldest first. */
    seen,

    /** Makes the next matching requests fail: those whose URL contains a text, and which have a header. */
    fail(
      method: string,
      trouble: Trouble,
      { times = 1, containing = '', header }: { times?: number; containing?: string; header?: string } = {},
    ): void {
      faults.push({
        isFor: (request) =>
          request.method === method &&
          request.url.includes(containing) &&
          (header === undefined || header in request.headers),
        trouble,
        times,
      });
    },

    /** Ends all faults. */
    heal(): void {
      faults.splice(0);
    },

    async stop(): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function forward(
  target: string,
  { method, url = '', rawHeaders }: IncomingMessage,
  body: Buffer,
): Promise<{ answer: IncomingMessage; bytes: Buffer }> {
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    // The proxy has already answered the Expect header.
    if (rawHeaders[at]?.toLowerCase() !== 'expect')
      headers.push(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  }
  const { hostname, port } = new URL(target);
  // The Host header is forwarded unchanged, because the signature covers it.
  const outgoing = send({ hostname, port, method, path: url, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { answer, bytes: await buffer(answer) };
}

function damage(bytes: Buffer): void {
  const middle = bytes.length >> 1;
  if (bytes.length > 0) bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
}
