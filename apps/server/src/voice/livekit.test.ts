import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '@hindsight/shared/errors';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { decodeJwt } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { createLiveKit } from './livekit.ts';

const KEY = { apiKey: 'key', apiSecret: 'secretsecretsecretsecretsecretsecret' };

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** Starts a server that answers as LiveKit's API does. */
async function listen(answer: RequestListener) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return createLiveKit({ url: `ws://127.0.0.1:${port}`, ...KEY });
}

function refuse(status: number, code: string, msg: string): RequestListener {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ code, msg }));
  };
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a join token', () => {
  const livekit = createLiveKit({ url: 'ws://127.0.0.1:9', ...KEY });
  const grant = { room: 'channel', identity: 'user', name: 'ada' };

  it('gives one person access to one room, to listen, speak and share', async () => {
    const claims = decodeJwt(await livekit.mintJoinToken({ ...grant, canShare: true }));
    expect(claims).toMatchObject({
      iss: 'key',
      sub: 'user',
      name: 'ada',
      video: {
        room: 'channel',
        roomJoin: true,
        canSubscribe: true,
        canPublishSources: ['microphone', 'screen_share', 'screen_share_audio'],
      },
    });
    for (const power of ['roomAdmin', 'roomCreate', 'roomList', 'hidden', 'recorder', 'canUpdateOwnMetadata'])
      expect(claims['video']).not.toHaveProperty(power, true);
    expect((claims.exp ?? 0) * SECOND).toBeLessThanOrEqual(Date.now() + MINUTE);
  });

  it('is read again as what it is for, unless it is not ours', async () => {
    const token = await livekit.mintJoinToken({ ...grant, canShare: true });
    expect(await livekit.readToken(token)).toEqual({ room: grant.room, identity: grant.identity });
    const other = createLiveKit({ url: 'ws://127.0.0.1:9', ...KEY, apiSecret: KEY.apiSecret.toUpperCase() });
    expect(await other.readToken(token)).toBeNull();
    expect(await livekit.readToken('no token')).toBeNull();
  });

  it('does not allow sharing without the permission', async () => {
    const claims = decodeJwt(await livekit.mintJoinToken({ ...grant, canShare: false }));
    expect(claims).toMatchObject({ video: { canPublishSources: ['microphone'] } });
  });
});

describe('asking LiveKit', () => {
  it('lists who is in a room', async () => {
    const livekit = await listen((_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ participants: [{ sid: 'PA_1', identity: 'user' }] }));
    });
    expect((await livekit.participants('channel')).map(({ identity }) => identity)).toEqual(['user']);
  });

  it('finds nobody in an unknown room, and no unknown person', async () => {
    const livekit = await listen(refuse(404, 'not_found', 'requested room does not exist'));
    expect(await livekit.participants('channel')).toEqual([]);
    expect(await livekit.participant('channel', 'user')).toBeNull();
  });

  it('fails as LIVEKIT_UNAVAILABLE when nothing answers', async () => {
    const error = await failure(createLiveKit({ url: 'ws://127.0.0.1:9', ...KEY }).rooms());
    expect(error.code).toBe('LIVEKIT_UNAVAILABLE');
  });

  it('never shows the token that was sent, not even in the cause', async () => {
    const sent: string[] = [];
    const livekit = await listen((request, response) => {
      const token = request.headers.authorization ?? '';
      sent.push(token);
      refuse(401, 'unauthenticated', `invalid token: ${token}`)(request, response);
    });
    const error = await failure(livekit.participant('channel', 'user'));
    expect(error.code).toBe('LIVEKIT_UNAVAILABLE');
    expect(String(error.cause)).toContain('401');
    expect(sent[0]).toMatch(/^Bearer eyJ/);
    expect(`${error.stack} ${(error.cause as Error).stack}`).not.toContain('eyJ');
  });
});
