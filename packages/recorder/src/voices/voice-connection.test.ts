import { ParticipantInfo, ReconnectResponse } from '@livekit/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { send, sendJoin, serveSignalling, type SignalCall } from '../testing/signal-server.ts';
import { VoiceConnection } from './voice-connection.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Connects to a server that answers the first connection with a join, and waits until that is told. */
async function connect(...later: Parameters<typeof serveSignalling>) {
  const server = await serveSignalling(
    (socket) => sendJoin(socket, [new ParticipantInfo({ sid: 'PA_2', identity: 'bob' })]),
    ...later,
  );
  const told: string[] = [];
  const connection = new VoiceConnection(
    { livekitUrl: server.url, isLoopback: true, token: () => 'token' },
    {
      onParticipants: (participants) => told.push(...participants.map(({ identity }) => identity)),
      onSpeakers: () => undefined,
      onPacket: () => undefined,
      onSenderReport: () => undefined,
      onLost: (detail) => told.push(detail),
    },
  );
  closers.push(
    () => connection.close(),
    () => server.close(),
  );
  await vi.waitFor(() => expect(told).toEqual(['bob']), 5000);
  return { server, connection, told };
}

/** Returns what was subscribed to (+) and what no longer (-), in order. */
const asked = ({ requests }: SignalCall): string[] =>
  requests.flatMap(({ case: kind, value }) =>
    kind === 'subscription' ? value.trackSids.map((sid) => `${value.subscribe ? '+' : '-'}${sid}`) : [],
  );

describe('VoiceConnection', () => {
  it('asks again after lost signalling, also for what has changed meanwhile', async () => {
    const { server, connection, told } = await connect(() => undefined);
    connection.subscribe('PA_2', ['TR_1']);
    connection.subscribe('PA_2', ['TR_2']);
    await vi.waitFor(() => expect(asked(server.calls[0] as SignalCall)).toEqual(['+TR_1', '+TR_2']));
    server.calls[0]?.socket.terminate();
    const resumed = await vi.waitFor(() => {
      expect(server.calls).toHaveLength(2);
      return server.calls[1] as SignalCall;
    }, 5000);
    connection.unsubscribe('PA_2', ['TR_1']);
    connection.subscribe('PA_2', ['TR_3']);
    send(resumed.socket, { case: 'reconnect', value: new ReconnectResponse() });
    const all = ['+TR_2', '+TR_3', '-TR_1'];
    await vi.waitFor(() => expect([...new Set(asked(resumed))].toSorted()).toEqual(all), 5000);
    expect(told).toEqual(['bob']);
  });

  it('joins anew when it was refused, and tells everybody who is there then', async () => {
    const { server, told } = await connect(
      (socket) => socket.close(),
      (socket) => sendJoin(socket, [new ParticipantInfo({ sid: 'PA_3', identity: 'carol' })]),
    );
    server.calls[0]?.socket.terminate();
    await vi.waitFor(() => expect(told.at(-1)).toBe('carol'), 5000);
    expect(server.calls.map(({ query }) => query.get('reconnect'))).toEqual([null, '1', null]);
  });
});
