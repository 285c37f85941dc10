import { GiB, MINUTE } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBufferedPeople, type BufferedPeople, type Visitor } from '../testing/buffered-people.ts';
import { addShare, makeKey, tokenOf } from '../testing/sharing-people.ts';

let people: BufferedPeople;
let ada: Visitor;
let sessionId: string;
let pressKey: string;
/** The token of a session, as the cookie holds it. */
let token: string;

beforeAll(async () => {
  people = await openBufferedPeople();
});
afterAll(() => people.remove());
beforeEach(async () => {
  ada = await people.register();
  sessionId = await addShare(people, ada);
  ({ key: pressKey } = await makeKey(people, ada, 'PRESS'));
  token = await tokenOf(people, ada);
});

interface Answer {
  status: number;
  body: unknown;
}

/** Sends a request to an endpoint as programs do: without cookies, and without a content type where there is no body. */
async function send(
  [method, path]: [string, string],
  {
    as = token,
    body,
    headers = {},
  }: { as?: string | null; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${people.origin}/livekit-replay${path}`, {
    method,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const refusal = (status: number, code: string): Answer => ({
  status,
  body: { error: expect.objectContaining({ code }) as unknown },
});
const clipsOf = ({ user }: Visitor) => people.db.replayClip.count({ where: { userId: user.id } });

describe('capturing', () => {
  const capture = (more: object = {}, how: { as?: string; headers?: Record<string, string> } = {}) =>
    send(['POST', '/capture'], { ...how, body: { sessionId, durationMinutes: 5, ...more } });

  it.each(['a key', 'the token of a session'])('works with %s as it was first specified', async (what) => {
    const channel = await people.db.channel.findFirstOrThrow({ where: { kind: 'TEXT' } });
    const { status, body } = await capture(
      { shareOption: 'channel', targetChannelId: channel.id },
      { as: what === 'a key' ? pressKey : token },
    );
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { clipId: expect.any(String) as unknown, durationSeconds: 8, isShorterThanAsked: true },
    });
    const { clipId, sizeBytes, url } = body as { clipId: string; sizeBytes: number; url: string };
    expect(sizeBytes).toBeGreaterThan(0);
    expect(url).toBe(`${people.origin}/clips/${clipId}`);
    expect(await people.db.message.count({ where: { channelId: channel.id, clipId } })).toBe(1);
  });

  it.each([
    ['another length', { durationMinutes: 3 }, 400, 'VALIDATION_FAILED'],
    ['no target to share with', { shareOption: 'channel' }, 400, 'VALIDATION_FAILED'],
    ['an unknown session', { sessionId: '019a0f0e-0000-7000-8000-000000000001' }, 404, 'NOT_FOUND'],
  ])('is refused with %s', async (_what, more, status, code) => {
    expect(await capture(more)).toEqual(refusal(status, code));
    expect(await clipsOf(ada)).toBe(0);
  });

  it('says that somebody else’s session does not exist', async () => {
    const bob = await people.register();
    expect(await capture({}, { as: await tokenOf(people, bob) })).toEqual(refusal(404, 'NOT_FOUND'));
  });

  it('answers 507 when the quota is full', async () => {
    await people.db.userReplayQuota.update({ where: { userId: ada.user.id }, data: { quotaBytes: 1 } });
    expect(await capture()).toEqual(refusal(507, 'QUOTA_EXCEEDED'));
    expect(await send(['POST', '/press'])).toEqual(refusal(507, 'QUOTA_EXCEEDED'));
  });
});

describe('pressing', () => {
  const lengthOf = ({ body }: Answer) => (body as { durationSeconds: number }).durationSeconds;

  it.each([
    ['nothing', {}],
    ['an empty JSON body', { headers: { 'content-type': 'application/json' } }],
    // As Home Assistant and PowerShell do.
    ['a type for no body', { headers: { 'content-type': 'application/octet-stream' } }],
    ['a form without fields', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['a text without text', { headers: { 'content-type': 'text/plain;charset=UTF-8' } }],
    ['an empty object', { body: {} }],
  ])('needs a key and %s', async (_what, how) => {
    const pressed = await send(['POST', '/press'], { as: pressKey, ...how });
    expect(pressed.status).toBe(201);
    expect(lengthOf(pressed)).toBe(8);
    expect(await clipsOf(ada)).toBe(1);
  });

  it.each([
    [{ seconds: 3 }, 3],
    [{ minutes: 0.05 }, 3],
    [{ minutes: 2 }, 8],
  ])('saves what is asked for: %o', async (body, seconds) => {
    const pressed = await send(['POST', '/press'], { as: pressKey, body: { ...body, title: 'Ace' } });
    expect(pressed).toMatchObject({ status: 201, body: { title: 'Ace' } });
    expect(lengthOf(pressed)).toBeCloseTo(seconds, 1);
  });

  it('may have waited for the network, and says for how long', async () => {
    const sentAt = Date.now();
    const pressed = await send(['POST', '/press'], { as: pressKey, body: { pressedAgoMs: 3000 } });
    const { pressedAt } = await people.db.replayClip.findUniqueOrThrow({
      where: { id: (pressed.body as { clipId: string }).clipId },
    });
    expect(pressedAt.getTime()).toBeGreaterThanOrEqual(sentAt - 3000);
    expect(pressedAt.getTime()).toBeLessThanOrEqual(Date.now() - 3000);
  });

  it('without a length saves what its key says, otherwise what the account says', async () => {
    const keyOf2s = await makeKey(people, ada, 'PRESS', { pressSeconds: 2 });
    await people.db.user.update({ where: { id: ada.user.id }, data: { pressSeconds: 4 } });
    const presses = [keyOf2s.key, pressKey, token].map((as) => send(['POST', '/press'], { as }));
    const lengths = (await Promise.all(presses)).map((answer) => Math.round(lengthOf(answer)));
    expect(lengths).toEqual([2, 4, 4]);
  });

  it('starts afresh when it is asked to, so that the buffer is empty afterwards', async () => {
    const kept = async () => {
      const { body } = await send(['GET', '/buffer'], { as: pressKey });
      return (body as { secondsKept: number }).secondsKept;
    };
    expect(await kept()).toBe(8);
    const pressed = await send(['POST', '/press'], { as: pressKey, body: { startAfresh: true } });
    expect(pressed).toMatchObject({ status: 201, body: { durationSeconds: 8 } });
    expect(await kept()).toBe(0);
    expect(await send(['POST', '/press'], { as: pressKey })).toEqual(refusal(412, 'RANGE_NOT_BUFFERED'));
  });

  it('says which type a body must have', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await send(['POST', '/press'], { body: { seconds: 3 }, headers });
    expect(status).toBe(400);
    const detail = 'The body must be sent as application/json, not as application/x-www-form-urlencoded.';
    expect(body).toMatchObject({ error: { code: 'VALIDATION_FAILED', detail } });
    expect(await clipsOf(ada)).toBe(0);
  });

  it.each([
    ['two lengths', { minutes: 1, seconds: 30 }],
    ['no length at all', { seconds: 0 }],
    ['a length as text', { seconds: '30' }],
    ['a press in the future', { pressedAgoMs: -1 }],
    ['what no press has', { minuets: 5 }],
    ['a list', []],
    ['null', null],
  ])('is refused with %s', async (_what, body) => {
    expect(await send(['POST', '/press'], { body })).toEqual(refusal(400, 'VALIDATION_FAILED'));
    expect(await clipsOf(ada)).toBe(0);
  });

  it('twice under one Idempotency-Key is one clip, also when the buffer has gone meanwhile', async () => {
    const press = () => send(['POST', '/press'], { as: pressKey, headers: { 'idempotency-key': 'press-1' } });
    const [first, second] = await Promise.all([press(), press()]);
    await people.db.egressSession.update({ where: { id: sessionId }, data: { purgedAt: new Date() } });
    const third = await press();
    const ids = [first, second, third].map(({ body }) => (body as { clipId: string }).clipId);
    expect(ids).toEqual([ids[0], ids[0], ids[0]]);
    expect(await clipsOf(ada)).toBe(1);
    expect(await send(['POST', '/press'], { headers: { 'idempotency-key': 'no spaces' } })).toEqual(
      refusal(400, 'VALIDATION_FAILED'),
    );
  });

  it('without a buffer says that there is none', async () => {
    await people.db.egressSession.update({ where: { id: sessionId }, data: { purgedAt: new Date() } });
    for (const path of ['/press', '/mark'])
      expect(await send(['POST', path], { as: pressKey })).toEqual(refusal(412, 'NO_SEGMENTS_FOUND'));
    expect(await send(['GET', '/buffer'], { as: pressKey })).toEqual({ status: 200, body: null });
  });

  it('is refused to whoever shows nothing, or a key to read', async () => {
    const { key: readKey } = await makeKey(people, ada, 'READ');
    expect(await send(['POST', '/press'], { as: null })).toEqual(refusal(401, 'UNAUTHENTICATED'));
    expect(await send(['POST', '/press'], { as: 'hs_wrong' })).toEqual(refusal(401, 'UNAUTHENTICATED'));
    expect(await send(['POST', '/press'], { as: readKey })).toEqual(refusal(403, 'KEY_NOT_ALLOWED'));
    expect(await clipsOf(ada)).toBe(0);
  });

  /** Returns all of an answer but the times and the number of the request, which are new each time. */
  async function wholeAnswer(path: string, key: string, body?: object): Promise<string> {
    const response = await fetch(`${people.origin}/livekit-replay${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const changing = new Set(['date', 'x-request-id', 'x-server-time']);
    const headers = [...response.headers].filter(
      ([name]) => !changing.has(name) && !name.startsWith('x-ratelimit-'),
    );
    return JSON.stringify({ status: response.status, headers, text: await response.text() });
  }

  it('tells nobody whether a key was ever one, nor whose buffer a session is', async () => {
    const expired = await makeKey(people, ada, 'PRESS', { expiresInHours: 1 });
    await people.db.programKey.update({ where: { id: expired.id }, data: { expiresAt: new Date(0) } });
    const revoked = await makeKey(people, ada, 'PRESS');
    await people.db.programKey.delete({ where: { id: revoked.id } });
    const keysOfNobody = [`hs_${'x'.repeat(43)}`, expired.key, revoked.key];
    for (const path of ['/press', '/mark']) {
      const answers = new Set<string>();
      for (const key of keysOfNobody) answers.add(await wholeAnswer(path, key));
      expect([...answers]).toEqual([expect.stringContaining('"status":401')]);
      expect([...answers][0]).not.toContain(ada.user.username);
    }

    const { key: foreign } = await makeKey(people, await people.register(), 'PRESS');
    const answers = new Set<string>();
    for (const id of [sessionId, '019a0f0e-0000-7000-8000-000000000001'])
      answers.add(await wholeAnswer('/capture', foreign, { sessionId: id, durationMinutes: 1 }));
    expect([...answers]).toEqual([expect.stringContaining('"status":404')]);
    expect(await clipsOf(ada)).toBe(0);
  });

  it('marks the moment, with a name or without', async () => {
    // The share goes on.
    await people.db.egressSession.update({
      where: { id: sessionId },
      data: { status: 'ACTIVE', endedAt: null },
    });
    const marked = await send(['POST', '/mark'], { as: pressKey, body: { label: 'goal' } });
    expect(marked).toMatchObject({ status: 201, body: { label: 'goal' } });
    expect(await send(['POST', '/mark'], { as: pressKey })).toMatchObject({
      status: 201,
      body: { label: null },
    });
    expect(await people.db.replayMarker.count({ where: { userId: ada.user.id } })).toBe(2);
  });

  it('begins with the state of the buffer', async () => {
    expect(await send(['GET', '/buffer'], { as: pressKey })).toMatchObject({
      status: 200,
      body: {
        roomName: people.channelId,
        isRecording: false,
        secondsKept: 8,
        windowSeconds: (10 * MINUTE) / 1000,
        session: { id: sessionId, userId: ada.user.id, status: 'stopped', quality: '720p' },
      },
    });
  });
});

describe('the library', () => {
  it('is listed in pages and fetched by a key that reads, and a clip deleted with the session’s token', async () => {
    const { key: readKey } = await makeKey(people, ada, 'READ');
    const { body } = await send(['POST', '/press'], { as: pressKey });
    const { clipId } = body as { clipId: string };
    await vi.waitUntil(
      async () => (await people.db.replayClip.count({ where: { id: clipId, status: 'READY' } })) === 1,
    );
    const list = await send(['GET', '/my-clips?limit=1&offset=0'], { as: readKey });
    expect(list).toMatchObject({
      status: 200,
      body: {
        ...{ total: 1, hasMore: false },
        clips: [{ id: clipId, userId: ada.user.id, roomName: people.channelId, durationSeconds: 8 }],
      },
    });
    const [clip] = (list.body as { clips: { file: { url: string; size: number } }[] }).clips;
    const video = await fetch(clip?.file.url ?? '', { headers: { authorization: `Bearer ${readKey}` } });
    const bytes = Buffer.from(await video.arrayBuffer());
    expect(bytes.length).toBe(Number(video.headers.get('content-length')));
    expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
    // What is fetched right after the press has other pictures at its start than the file that is kept.
    expect(Math.abs(bytes.length / (clip?.file.size ?? 0) - 1)).toBeLessThan(0.1);

    expect(await send(['DELETE', `/clips/${clipId}`], { as: readKey })).toEqual(
      refusal(403, 'KEY_NOT_ALLOWED'),
    );
    const deleted = await send(['DELETE', `/clips/${clipId}`]);
    expect(deleted).toMatchObject({ status: 200, body: { remainingQuotaBytes: 5 * GiB } });
    expect(await send(['DELETE', `/clips/${clipId}`])).toEqual(refusal(404, 'NOT_FOUND'));
    expect(await send(['GET', '/my-clips?limit=0'])).toEqual(refusal(400, 'VALIDATION_FAILED'));
  });
});

describe('recording', () => {
  it('starts for a share alone, and stops for its owner alone', async () => {
    const body = { roomName: people.channelId, videoTrackId: 'TR_VSabc' };
    expect(await send(['POST', '/start'], { body })).toEqual(refusal(412, 'NOT_SHARING'));
    expect(await send(['POST', '/start'], { body: { roomName: 'lounge' } })).toEqual(
      refusal(400, 'VALIDATION_FAILED'),
    );
    const bob = await people.register();
    expect(await send(['POST', `/stop/${sessionId}`], { as: await tokenOf(people, bob) })).toEqual(
      refusal(404, 'NOT_FOUND'),
    );
    expect(await send(['POST', `/stop/${sessionId}`])).toEqual(refusal(409, 'SESSION_NOT_ACTIVE'));
  });

  it('stops, and is seen by everybody in the room until then', async () => {
    await people.db.egressSession.update({
      where: { id: sessionId },
      data: { status: 'ACTIVE', endedAt: null },
    });
    const bob = await people.register();
    const status = () => send(['GET', `/status/${people.channelId}`]);
    const seen = await send(['GET', `/status/${people.channelId}`], { as: await tokenOf(people, bob) });
    expect(seen).toMatchObject({
      status: 200,
      body: expect.arrayContaining([
        expect.objectContaining({ id: sessionId, userId: ada.user.id, username: ada.user.username }),
      ]) as unknown,
    });
    const stopped = await send(['POST', `/stop/${sessionId}`]);
    expect(stopped).toMatchObject({ status: 200, body: { id: sessionId, status: 'stopped' } });
    expect(JSON.stringify((await status()).body)).not.toContain(sessionId);
  });
});

describe('the settings of admins', () => {
  it('are read and changed by those who may', async () => {
    const admin = await tokenOf(people, people.admin);
    const config = `/admin/community/${people.communityId}/config`;
    const quota = `/admin/users/${ada.user.id}/quota`;
    for (const path of [config, quota]) {
      expect((await send(['GET', path])).status).toBeGreaterThanOrEqual(403);
      expect((await send(['PATCH', path], { body: {} })).status).toBeGreaterThanOrEqual(400);
    }
    expect(await send(['PATCH', config], { as: admin, body: { maxConcurrent: 7 } })).toMatchObject({
      status: 200,
      body: { communityId: people.communityId, enabled: true, maxConcurrent: 7 },
    });
    expect(await send(['GET', config], { as: admin })).toMatchObject({ body: { maxConcurrent: 7 } });
    expect(await send(['PATCH', quota], { as: admin, body: { quotaBytes: GiB } })).toMatchObject({
      status: 200,
      body: { userId: ada.user.id, quotaBytes: GiB },
    });
    expect(await send(['GET', quota], { as: admin })).toMatchObject({ body: { quotaBytes: GiB } });
    expect(await send(['PATCH', quota], { as: admin, body: { quotaBytes: -1 } })).toEqual(
      refusal(400, 'VALIDATION_FAILED'),
    );
  });
});

describe('an address under /livekit-replay', () => {
  it.each(['/nothing', '/docs/%2e%2e/package.json', '/docs/package.json'])(
    'that is none of ours is missing: %s',
    async (path) => {
      expect((await fetch(`${people.origin}/livekit-replay${path}`)).status).toBe(404);
    },
  );

  it('makes a file of another form of a clip, lists it, and deletes it', async () => {
    const { body: captured } = await send(['POST', '/capture'], { body: { sessionId, durationMinutes: 1 } });
    const { clipId } = captured as { clipId: string };
    await expect.poll(() => people.db.replayClip.count({ where: { id: clipId, status: 'READY' } })).toBe(1);
    const path = `/clips/${clipId}/exports`;
    const wrong = await send(['POST', path], { body: { kind: 'editing', framesPerSecond: 1000 } });
    expect(wrong).toEqual(refusal(400, 'VALIDATION_FAILED'));
    expect(JSON.stringify(wrong.body)).toContain('30 or 60');
    const tooSmall = await send(['POST', path], { body: { kind: 'chat', limitBytes: 1000 } });
    expect(tooSmall).toEqual(refusal(400, 'EXPORT_LIMIT_TOO_SMALL'));
    const created = await send(['POST', path], { body: { kind: 'still', atMs: 500, format: 'jpeg' } });
    expect(created).toMatchObject({ status: 201, body: { clipId, kind: 'still', status: 'PROCESSING' } });
    const { id } = created.body as { id: string };
    expect(await send(['GET', '/exports'])).toMatchObject({ status: 200, body: { exports: [{ id }] } });
    const other = await people.register();
    const as = await tokenOf(people, other);
    expect(await send(['DELETE', `/exports/${id}`], { as })).toEqual(refusal(404, 'NOT_FOUND'));
    expect(await send(['DELETE', `/exports/${id}`])).toMatchObject({ status: 200 });
    expect(await send(['GET', '/exports'])).toMatchObject({ body: { exports: [] } });
  });

  it('joins clips of mine, in order, and none of others', async () => {
    const clipIds: string[] = [];
    for (const durationMinutes of [1, 2]) {
      const { body } = await send(['POST', '/capture'], { body: { sessionId, durationMinutes } });
      clipIds.push((body as { clipId: string }).clipId);
    }
    const ready = { id: { in: clipIds }, status: 'READY' as const };
    await expect.poll(() => people.db.replayClip.count({ where: ready })).toBe(2);
    const twice = await send(['POST', '/clips/join'], { body: { clipIds: [clipIds[0], clipIds[0]] } });
    expect(twice).toEqual(refusal(400, 'VALIDATION_FAILED'));
    const as = await tokenOf(people, await people.register());
    expect(await send(['POST', '/clips/join'], { as, body: { clipIds } })).toEqual(refusal(404, 'NOT_FOUND'));
    const joined = await send(['POST', '/clips/join'], { body: { clipIds, title: 'Both' } });
    expect(joined).toMatchObject({ status: 201, body: { title: 'Both', status: 'PROCESSING', file: null } });
  });

  it('shows a page to try the endpoints, whose files are all its own', async () => {
    const page = await fetch(`${people.origin}/livekit-replay/docs`);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    const files = [...(await page.text()).matchAll(/(?:src|href)="(docs[^"]+)"/g)].map(
      ([, file = '']) => file,
    );
    expect(files).toHaveLength(3);
    for (const file of files) {
      const response = await fetch(new URL(file, `${people.origin}/livekit-replay/docs`));
      expect([file, response.status]).toEqual([file, 200]);
      await response.body?.cancel();
    }
  });
});
