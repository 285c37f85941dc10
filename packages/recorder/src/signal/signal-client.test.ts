import { once } from 'node:events';
import { createServer } from 'node:http';
import { DisconnectReason, LeaveRequest_Action, ReconnectResponse } from '@livekit/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { SignalClient, type SignalError } from './signal-client.ts';
import { send, sendJoin, sendLeave, serveSignalling } from '../testing/signal-server.ts';

describe('SignalClient', () => {
  const closers: (() => void)[] = [];
  afterEach(() => closers.splice(0).forEach((close) => close()));

  function client(url: string) {
    const closed: SignalError[] = [];
    const signal = new SignalClient(url, 'first token', {
      onOffer: () => undefined,
      onCandidate: () => undefined,
      onParticipants: () => undefined,
      onClosed: (error) => closed.push(error),
    });
    closers.push(() => signal.close());
    return { signal, closed };
  }

  async function serve(...answers: ((socket: WebSocket) => void)[]) {
    const server = await serveSignalling(...answers);
    closers.push(() => server.close());
    return server;
  }

  it('rejects when nobody listens', async () => {
    const { signal, closed } = client('http://127.0.0.1:9');
    await expect(signal.join()).rejects.toMatchObject({ recovery: 'resume' });
    expect(closed).toEqual([]);
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['closes', (socket) => socket.close()],
    [
      'sends something that is no signalling message',
      (socket) => socket.send(Buffer.from([0xff, 0xff, 0xff])),
    ],
    ['says nothing at all', () => undefined],
  ])('rejects when the server %s', async (_, answer) => {
    const { signal, closed } = client((await serve(answer)).url);
    await expect(signal.join()).rejects.toMatchObject({ name: 'SignalError', recovery: 'resume' });
    expect(closed).toEqual([]);
  });

  it.each([
    [LeaveRequest_Action.RESUME, DisconnectReason.UNKNOWN_REASON, 'resume'],
    [LeaveRequest_Action.RECONNECT, DisconnectReason.STATE_MISMATCH, 'rejoin'],
    [LeaveRequest_Action.DISCONNECT, DisconnectReason.PARTICIPANT_REMOVED, 'end'],
    [LeaveRequest_Action.DISCONNECT, DisconnectReason.SERVER_SHUTDOWN, 'rejoin'],
  ])('knows how to go on after being told to leave (%s, %s): %s', async (action, reason, recovery) => {
    const { url } = await serve((socket) => {
      sendJoin(socket);
      sendLeave(socket, action, reason);
    });
    const { signal, closed } = client(url);
    await signal.join();
    await expect.poll(() => closed).toMatchObject([{ recovery }]);
  });

  it('reports once that signalling was lost, also when the server only falls silent', async () => {
    const { url } = await serve((socket) => sendJoin(socket, [], 1));
    const { signal, closed } = client(url);
    await signal.join();
    await expect.poll(() => closed.map(({ message }) => message)).toEqual(['no answer to ping']);
  });

  it('resumes as the same participant, with the newest token', async () => {
    const { url, calls } = await serve(
      (socket) => {
        sendJoin(socket);
        send(socket, { case: 'refreshToken', value: 'second token' });
        socket.close();
      },
      (socket) => send(socket, { case: 'reconnect', value: new ReconnectResponse() }),
      (socket) => sendLeave(socket, LeaveRequest_Action.RECONNECT),
    );
    const { signal, closed } = client(url);
    await signal.join();
    await expect.poll(() => closed.length).toBe(1);
    await signal.resume();
    expect(
      calls.map(({ query }) => ['access_token', 'reconnect', 'sid'].map((name) => query.get(name))),
    ).toEqual([
      ['first token', null, null],
      ['second token', '1', 'PA_1'],
    ]);
    expect(signal.token).toBe('second token');
    // A server that was restarted knows nobody.
    await expect(signal.resume()).rejects.toMatchObject({ recovery: 'rejoin' });
  });

  it('gives up when its token is refused, and not when the server is starting', async () => {
    for (const [status, recovery] of [
      [401, 'end'],
      [503, 'resume'],
    ] as const) {
      const server = createServer();
      server.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      closers.push(() => server.close());
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
      const { signal } = client(`http://127.0.0.1:${address.port}`);
      await expect(signal.join()).rejects.toMatchObject({ recovery });
    }
  });
});
