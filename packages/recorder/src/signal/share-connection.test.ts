import {
  DisconnectReason,
  LeaveRequest_Action,
  ParticipantInfo,
  ParticipantInfo_State,
  ParticipantUpdate,
  ReconnectResponse,
  TrackInfo,
  TrackSource,
  TrackType,
} from '@livekit/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { ShareConnection, type ShareConnectionOptions } from './share-connection.ts';
import {
  send,
  sendJoin,
  sendLeave,
  serveSignalling,
  type SignalCall,
  type SignalServer,
} from '../testing/signal-server.ts';

const NAME = 'screen';
const { RESUME, RECONNECT, DISCONNECT } = LeaveRequest_Action;

/** Builds Alice, who shares under these SIDs; without any she shares nothing. */
const alice = (videoSid?: string, participantSid = 'PA_alice') =>
  new ParticipantInfo({
    sid: participantSid,
    identity: 'alice',
    state: ParticipantInfo_State.ACTIVE,
    tracks:
      videoSid === undefined
        ? []
        : [
            new TrackInfo({
              sid: videoSid,
              name: NAME,
              type: TrackType.VIDEO,
              source: TrackSource.SCREEN_SHARE,
              mimeType: 'video/H264',
            }),
          ],
  });

const join = (socket: WebSocket) => sendJoin(socket, [alice('TR_V')]);
const resume = (socket: WebSocket) => send(socket, { case: 'reconnect', value: new ReconnectResponse() });
const update = (socket: WebSocket | undefined, participant: ParticipantInfo) => {
  if (socket === undefined) throw new Error('nobody is connected');
  const value = new ParticipantUpdate({ participants: [participant] });
  send(socket, { case: 'update', value });
};
/** Returns which tracks were asked for: the participant, their SIDs and the size. */
function askedFor(call: SignalCall | undefined): unknown[] {
  return (call?.requests ?? []).flatMap<unknown>(({ case: kind, value }) => {
    if (kind === 'trackSetting') return [[value.width, value.height]];
    if (kind !== 'subscription') return [];
    return value.participantTracks.map(({ participantSid, trackSids }) => [participantSid, ...trackSids]);
  });
}

/** Returns whether each message about subscriptions begins or ends them. */
const subscriptions = (call: SignalCall | undefined): boolean[] =>
  (call?.requests ?? []).flatMap(({ case: kind, value }) =>
    kind === 'subscription' ? [value.subscribe] : [],
  );

describe('ShareConnection', () => {
  const closers: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  function connect(
    { url: livekitUrl }: Pick<SignalServer, 'url'>,
    options: Partial<ShareConnectionOptions> = {},
  ) {
    const told: unknown[] = [];
    const connection = new ShareConnection(
      {
        ...{ livekitUrl, token: 'first token', isLoopback: true, identity: 'alice', videoTrackSid: 'TR_V' },
        size: { width: 1280, height: 720 },
        reconnectMs: 3000,
        ...options,
      },
      {
        onPacket: () => undefined,
        onArrival: () => undefined,
        onSent: () => undefined,
        onSenderReport: () => undefined,
        onNewSource: (kind) => told.push(`new ${kind}`),
        onShare: ({ videoTrackSid }) => told.push(videoTrackSid),
        onWaiting: (isWaiting) => told.push(isWaiting ? 'waiting' : 'back'),
        onEnded: (reason) => told.push(reason),
      },
    );
    closers.push(() => connection.close());
    return { connection, told };
  }

  async function serve(...answers: ((socket: WebSocket) => void)[]) {
    const server = await serveSignalling(...answers);
    closers.push(() => server.close());
    return server;
  }

  /** Opens a connection that follows its share. */
  async function following(server: SignalServer, options: Partial<ShareConnectionOptions> = {}) {
    const { connection, told } = connect(server, options);
    const share = await connection.join();
    if (share === undefined) throw new Error('the share was not found');
    connection.follow(share);
    return { connection, told };
  }

  it('finds the requested share, also when it is listed a moment later, and no other', async () => {
    const there = await serve(join);
    expect(await connect(there).connection.join()).toMatchObject({ videoTrackSid: 'TR_V' });

    const later = await serve((socket) => {
      sendJoin(socket, [new ParticipantInfo({ identity: 'bob' })]);
      setTimeout(() => update(socket, alice('TR_V')), 100);
    });
    expect(await connect(later).connection.join()).toMatchObject({ participantSid: 'PA_alice' });

    const other = await serve((socket) => sendJoin(socket, [alice('TR_other')]));
    expect(await connect(other).connection.join()).toBeUndefined();
  });

  it.each<[string, (socket: WebSocket) => void]>([
    ['refuses', (socket) => sendLeave(socket, DISCONNECT)],
    ['lets it in and ends it at once', (socket) => (sendJoin(socket), sendLeave(socket, DISCONNECT))],
    ['hangs up', (socket) => socket.close()],
  ])('does not join, and does not try again, when LiveKit %s', async (_, answer) => {
    const server = await serve(answer, join);
    const { connection, told } = connect(server);
    await expect(connection.join()).rejects.toMatchObject({ name: 'SignalError' });
    expect(server.calls).toHaveLength(1);
    expect(told).toEqual([]);
  });

  it('asks for the tracks of the share once, at the requested size', async () => {
    const server = await serve(join);
    const { told } = await following(server);
    const [call] = server.calls;
    update(call?.socket, alice('TR_V'));
    await expect.poll(() => told).toEqual(['TR_V', 'TR_V']);
    await expect
      .poll(() => askedFor(call))
      .toEqual([
        ['PA_alice', 'TR_V'],
        [1280, 720],
      ]);
  });

  it('ends a subscription that is renewed, and begins it again', async () => {
    const server = await serve(join);
    const { connection } = await following(server);
    connection.renewSubscription('video');
    await expect.poll(() => subscriptions(server.calls[0])).toEqual([true, false, true]);
  });

  it('begins a renewed subscription again even if signalling was lost meanwhile', async () => {
    const server = await serve(join, resume);
    const { connection } = await following(server);
    connection.renewSubscription('video');
    await expect.poll(() => subscriptions(server.calls[0])).toEqual([true, false]);
    server.calls[0]?.socket.terminate();
    await expect.poll(() => subscriptions(server.calls[1])).toEqual([true]);
  });

  it('joins the room anew when the connection is renewed', async () => {
    const server = await serve(join, join);
    const { connection, told } = await following(server);
    connection.renew('no picture');
    expect(connection.isAway).toBe(true);
    await expect.poll(() => subscriptions(server.calls[1])).toEqual([true]);
    expect(told).toEqual(['TR_V', 'waiting', 'new video', 'new audio', 'TR_V', 'back']);
    expect(connection.isAway).toBe(false);
  });

  it('asks for the new tracks after its publisher has connected anew', async () => {
    const server = await serve(join);
    const { told } = await following(server);
    const [call] = server.calls;
    update(call?.socket, alice('TR_V2', 'PA_alice2'));
    await expect.poll(() => told).toEqual(['TR_V', 'TR_V2']);
    await expect.poll(() => askedFor(call)).toContainEqual(['PA_alice2', 'TR_V2']);
  });

  it('waits for a publisher who was lost, and ends when nobody comes', async () => {
    const server = await serve(join);
    const { told } = await following(server, { reconnectMs: 600 });
    const lost = alice();
    lost.state = ParticipantInfo_State.DISCONNECTED;
    lost.disconnectReason = DisconnectReason.CONNECTION_TIMEOUT;
    update(server.calls[0]?.socket, lost);
    await expect.poll(() => told).toEqual(['TR_V', 'waiting', 'connection-lost']);
  });

  it('resumes lost signalling as the same participant while media go on', async () => {
    const server = await serve(join, resume);
    const { told } = await following(server);
    server.calls[0]?.socket.terminate();
    await expect.poll(() => told).toEqual(['TR_V', 'waiting', 'back']);
    expect(server.calls[1]?.query.get('reconnect')).toBe('1');
    expect(server.calls[1]?.query.get('sid')).toBe('PA_1');
  });

  it('joins anew when LiveKit says so, with the newest token and new media sources', async () => {
    const server = await serve((socket) => {
      join(socket);
      send(socket, { case: 'refreshToken', value: 'second token' });
    }, join);
    const { told } = await following(server);
    const [first] = server.calls;
    await expect.poll(() => first?.requests.length).toBe(2);
    if (first !== undefined) sendLeave(first.socket, RECONNECT);
    await expect.poll(() => told).toEqual(['TR_V', 'waiting', 'new video', 'new audio', 'TR_V', 'back']);
    const [, second] = server.calls;
    expect(second?.query.get('reconnect')).toBeNull();
    expect(second?.query.get('access_token')).toBe('second token');
    await expect
      .poll(() => second?.requests.map((request) => request.case))
      .toEqual(['subscription', 'trackSetting']);
  });

  it('joins anew when LiveKit does not know it any more', async () => {
    const server = await serve(join, (socket) => sendLeave(socket, RECONNECT), join);
    const { told } = await following(server);
    server.calls[0]?.socket.terminate();
    await expect.poll(() => told.at(-1)).toBe('back');
    expect(server.calls.map(({ query }) => query.get('reconnect'))).toEqual([null, '1', null]);
  });

  it('ends when the share is gone once it is back', async () => {
    const server = await serve(join, (socket) => sendJoin(socket, [alice()]));
    const { told } = await following(server, { reconnectMs: 500 });
    const [first] = server.calls;
    if (first !== undefined) sendLeave(first.socket, RECONNECT);
    await expect.poll(() => told.at(-1)).toMatch(/share-ended|connection-lost/);
    expect(told.filter((each) => each === 'TR_V')).toHaveLength(1);
  });

  it('ends at once when LiveKit tells it to leave', async () => {
    const server = await serve(join, join);
    const { told } = await following(server);
    const [first] = server.calls;
    if (first !== undefined) sendLeave(first.socket, DISCONNECT, DisconnectReason.PARTICIPANT_REMOVED);
    await expect.poll(() => told).toEqual(['TR_V', 'connection-lost']);
    expect(server.calls).toHaveLength(1);
  });

  it('tries for as long as it is allowed to, then ends once', async () => {
    const hangUp = (socket: WebSocket): void => socket.close();
    const server = await serve(join, ...Array.from({ length: 20 }, () => hangUp));
    const { told } = await following(server, { reconnectMs: 1500 });
    server.calls[0]?.socket.terminate();
    await expect.poll(() => told, { timeout: 10_000 }).toEqual(['TR_V', 'waiting', 'connection-lost']);
    // It tries at once, then 200, 400 and 800 ms apart.
    expect(server.calls.length).toBeGreaterThanOrEqual(4);
    expect(server.calls.length).toBeLessThanOrEqual(7);
  });

  it('stops trying when it is closed, and says nothing more', async () => {
    const server = await serve(
      join,
      (socket) => socket.close(),
      (socket) => socket.close(),
    );
    const { connection, told } = await following(server);
    server.calls[0]?.socket.terminate();
    await expect.poll(() => server.calls.length).toBe(2);
    await connection.close();
    const before = server.calls.length;
    const toldBefore = [...told];
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(server.calls).toHaveLength(before);
    expect(told).toEqual(toldBefore);
  });

  it('keeps resuming when LiveKit only asks for that', async () => {
    const server = await serve(join, resume);
    const { told } = await following(server);
    const [first] = server.calls;
    if (first !== undefined) sendLeave(first.socket, RESUME);
    await expect.poll(() => told).toEqual(['TR_V', 'waiting', 'back']);
  });
});
