import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { parseCandidate, SignalClient } from './signal-client.ts';

describe('parseCandidate', () => {
  it.each([
    [
      '{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0}',
      { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 },
    ],
    ['{"candidate":"candidate:1","sdpMid":null,"usernameFragment":"x"}', { candidate: 'candidate:1' }],
    ['{"candidate":7}', null],
    ['{}', null],
    ['null', null],
    ['"candidate:1"', null],
    ['{"candidate":', null],
    ['', null],
  ])('%s', (text, expected) => {
    expect(parseCandidate(text)).toEqual(expected);
  });
});

describe('SignalClient', () => {
  const closers: (() => void)[] = [];
  afterEach(() => closers.splice(0).forEach((close) => close()));

  function client() {
    const closed: string[] = [];
    const signal = new SignalClient({
      onOffer: () => undefined,
      onCandidate: () => undefined,
      onParticipants: () => undefined,
      onUnpublished: () => undefined,
      onClosed: (detail) => closed.push(detail),
    });
    closers.push(() => signal.close());
    return { signal, closed };
  }

  async function serve(answer: (socket: WebSocket) => void): Promise<string> {
    const server = createServer((_request, response) => response.writeHead(401).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    new WebSocketServer({ server }).on('connection', answer);
    closers.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  it('rejects when nobody listens', async () => {
    const { signal, closed } = client();
    await expect(signal.connect('http://127.0.0.1:9', 'token')).rejects.toThrow(/closed/);
    expect(closed).toEqual([]);
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['closes', (socket) => socket.close()],
    ['sends what is no signalling message', (socket) => socket.send(Buffer.from([0xff, 0xff, 0xff]))],
    ['says nothing at all', () => undefined],
  ])('rejects when the server %s', async (_, answer) => {
    const { signal, closed } = client();
    await expect(signal.connect(await serve(answer), 'token')).rejects.toThrow(/closed/);
    expect(closed).toEqual([]);
  });
});
