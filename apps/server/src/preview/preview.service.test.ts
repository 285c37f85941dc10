import { randomUUID } from 'node:crypto';
import { appendFile, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { initSegment } from '@hindsight/mp4/fragments/init-segment';
import type { Preview } from '@hindsight/shared/replay/preview';
import type { CaptureResult } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mp4Box, segmentName, writeFixtureSession } from '../buffer/testing/buffer-fixture.ts';
import { openBufferedPeople, type BufferedPeople, type Visitor } from '../testing/buffered-people.ts';

let people: BufferedPeople;
let owner: Visitor;

beforeAll(async () => {
  people = await openBufferedPeople();
});
afterAll(() => people.remove());
beforeEach(async () => {
  owner = await people.register();
});

/** Records pieces of four seconds of the owner, the last of which ended this long ago. */
async function record({
  pieces = 5,
  endedAgoMs = 10 * SECOND,
  isRunning = false,
  codec = 'avc1.42e01f',
} = {}) {
  const endMs = Date.now() - endedAgoMs;
  const startMs = endMs - pieces * 4 * SECOND;
  const { sessionId, directory } = await people.createSession({
    userId: owner.user.id,
    channelId: people.channelId,
    startMs,
    endMs: isRunning ? null : endMs,
  });
  const names = await writeFixtureSession({ directory, startMs, segments: pieces, codec });
  return { sessionId, directory, names, startMs, endMs };
}

function preview({ api }: Visitor = owner): Promise<Preview> {
  return api.query<Preview>('replay.preview', { channelId: people.channelId });
}

async function get(path: string, headers: Record<string, string> = {}, { api }: Visitor = owner) {
  const response = await api.fetch(path, { headers });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe('a preview', () => {
  it('says which pieces voices can’t be mixed into, because ffmpeg makes clips of them', async () => {
    const sessions = [
      await record({ pieces: 2, endedAgoMs: 120 * SECOND }),
      await record({ pieces: 1, endedAgoMs: 60 * SECOND }),
      // What its file says can't be read.
      await record({ pieces: 1, codec: 'avc1.42e01f' }),
    ];
    for (const [index, sampleEntry] of (['vp09', 'avc1'] as const).entries()) {
      const video = { width: 320, height: 180, sampleEntry, configBox: Buffer.alloc(0) };
      await writeFile(join(sessions[index]?.directory ?? '', 'init_0.mp4'), initSegment(video, true));
    }
    const { pieces } = await preview();
    expect(pieces.map(({ isMixable }) => isMixable)).toEqual([false, false, true, true]);
  });

  it('lists the buffer with its gaps, and the bytes to save each piece', async () => {
    const earlier = await record({ pieces: 3, endedAgoMs: 60 * SECOND });
    const later = await record({ pieces: 2 });
    const shown = await preview();
    expect(shown.ranges.map(({ from, to }) => [Date.parse(from), Date.parse(to)])).toEqual([
      [earlier.startMs, earlier.endMs],
      [later.startMs, later.endMs],
    ]);
    expect(shown.gaps).toEqual([
      { from: new Date(earlier.endMs).toISOString(), to: new Date(later.startMs).toISOString() },
    ]);
    expect(shown.pieces.map(({ key }) => key)).toEqual([
      ...earlier.names.map((name) => `${earlier.sessionId}/${name}`),
      ...later.names.map((name) => `${later.sessionId}/${name}`),
    ]);
    expect(Math.min(...shown.pieces.map(({ sizeBytes }) => sizeBytes))).toBeGreaterThan(1000);
    expect(shown.availableQuotaBytes).toBeGreaterThan(0);
    expect(shown).toMatchObject({ from: shown.pieces[0]?.from, to: shown.pieces.at(-1)?.to });
  });

  it('says until when each piece can be saved', async () => {
    const { endMs } = await record();
    const shown = await preview();
    // This is the grace time, and the two minutes that retention leaves.
    for (const { keptUntil } of shown.pieces) expect(Date.parse(keptUntil)).toBe(endMs + 12 * MINUTE);
  });

  it('is refused when nothing is buffered', async () => {
    await expect(preview()).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
  });

  it('needs CAPTURE_REPLAY and membership in the channel’s community', async () => {
    await record();
    await expect(owner.api.query('replay.preview', { channelId: randomUUID() })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const shown = await preview();
    await people.db.memberRole.deleteMany({ where: { userId: owner.user.id } });
    await expect(preview()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect((await get(shown.playlistUrl)).status).toBe(403);
    await people.db.communityMember.deleteMany({ where: { userId: owner.user.id } });
    await expect(preview()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await get(shown.playlistUrl)).status).toBe(404);
  });
});

describe('the playlist', () => {
  it('plays the pieces to an end, with discontinuities where they don’t follow each other', async () => {
    const earlier = await record({ pieces: 1, endedAgoMs: 60 * SECOND });
    const later = await record({ pieces: 2 });
    const { headers, text } = await get((await preview()).playlistUrl);
    expect(headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(headers.get('cache-control')).toBe('no-store');
    const time = (ms: number) => `#EXT-X-PROGRAM-DATE-TIME:${new Date(ms).toISOString()}`;
    expect(text.split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:7',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-MEDIA-SEQUENCE:0',
      `#EXT-X-MAP:URI="${earlier.sessionId}/init_0.mp4"`,
      time(earlier.startMs),
      '#EXTINF:4.000,',
      `${earlier.sessionId}/${segmentName(0)}`,
      '#EXT-X-DISCONTINUITY',
      `#EXT-X-MAP:URI="${later.sessionId}/init_0.mp4"`,
      time(later.startMs),
      '#EXTINF:4.000,',
      `${later.sessionId}/${segmentName(0)}`,
      time(later.startMs + 4 * SECOND),
      '#EXTINF:4.000,',
      '#EXT-X-BYTERANGE:1000@0',
      `${later.sessionId}/${segmentName(1)}`,
      '#EXT-X-ENDLIST',
      '',
    ]);
  });

  it('stays the same while more is recorded, also in its last piece', async () => {
    const { directory, startMs, names } = await record({ pieces: 2, isRunning: true });
    const playlist = join(directory, 'full.m3u8');
    const whole = await readFile(playlist, 'utf8');
    // The last piece is open and half written.
    await writeFile(
      playlist,
      whole.replace(`#EXTINF:4.000,\n${names[1]}`, `#EXTINF:2.000,\n#EXT-X-BYTERANGE:1000@0\n${names[1]}`),
    );
    const shown = await preview();
    const before = (await get(shown.playlistUrl)).text;
    expect(before).toContain('#EXTINF:2.000,\n#EXT-X-BYTERANGE:1000@0\n');

    await appendFile(
      join(directory, names[1] ?? ''),
      Buffer.concat([mp4Box('moof', 100), mp4Box('mdat', 400)]),
    );
    await writeFile(
      join(directory, segmentName(2)),
      Buffer.concat([mp4Box('moof', 100), mp4Box('mdat', 900)]),
    );
    const next = new Date(startMs + 8 * SECOND).toISOString();
    await writeFile(
      playlist,
      `${whole}#EXT-X-PROGRAM-DATE-TIME:${next}\n#EXTINF:4.000,\n${segmentName(2)}\n`,
    );
    expect((await preview()).pieces).toHaveLength(3);
    expect((await get(shown.playlistUrl)).text).toBe(before);
  });

  it('leaves out what retention has deleted since', async () => {
    const { directory, names } = await record({ pieces: 3 });
    const { playlistUrl } = await preview();
    await unlink(join(directory, names[0] ?? ''));
    const { text } = await get(playlistUrl);
    expect(text).not.toContain(names[0]);
    expect(text).toContain(names[1]);
  });

  it('contains the whole buffer when no range is given', async () => {
    await record({ pieces: 3 });
    const { piecesUrl } = await preview();
    const { text } = await get(`${piecesUrl}index.m3u8`);
    expect(text.match(/^#EXTINF/gm)).toHaveLength(3);
  });
});

describe('the media', () => {
  it('is served whole and by ranges, as far as it is complete, and never cached', async () => {
    await record({ pieces: 2 });
    const { piecesUrl, pieces } = await preview();
    const path = `${piecesUrl}${pieces[0]?.key}`;
    const whole = await get(path);
    expect(whole).toMatchObject({ status: 200 });
    expect(whole.text).toHaveLength(1000);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(whole.headers.get('cache-control')).toBe('no-store');
    const part = await get(path, { range: 'bytes=100-199' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 100-199/1000');
    expect(part.text).toBe(whole.text.slice(100, 200));
    expect((await get(path, { range: 'bytes=1000-' })).status).toBe(416);
    const init = await get(path.replace(/[^/]+$/, 'init_0.mp4'));
    expect(init).toMatchObject({ status: 200, text: 'avc1.42e01f' });
  });

  it('can still be saved from a dialog that was opened in time', async () => {
    const { startMs } = await record({ pieces: 5, endedAgoMs: 11 * MINUTE });
    const iso = (ms: number) => new Date(ms).toISOString();
    const { clip, isShorterThanAsked } = await owner.api.mutate<CaptureResult>('replay.capture', {
      channelId: people.channelId,
      from: iso(startMs + 2000),
      to: iso(startMs + 8000),
    });
    expect(isShorterThanAsked).toBe(false);
    expect(clip).toMatchObject({ from: iso(startMs + 2000), to: iso(startMs + 8000), durationMs: 6000 });
  });

  it('outlives the window as long as an open dialog may need it, and no longer', async () => {
    const { sessionId, names } = await record({ pieces: 2, endedAgoMs: 11 * MINUTE });
    await expect(preview()).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
    const path = `/api/buffers/${owner.user.id}/${people.channelId}/${sessionId}/${names[0]}`;
    expect((await get(path)).status).toBe(200);
    await people.db.egressSession.update({
      where: { id: sessionId },
      data: { endedAt: new Date(Date.now() - 12 * MINUTE) },
    });
    expect((await get(path)).status).toBe(404);
  });

  it.each([
    'full.m3u8',
    'live.m3u8',
    '..%2f..%2f..%2f..%2fjwt-secret',
    '%2e%2e',
    'seg_000099.m4s',
    'seg_000000.m4s%00',
    'seg_000000.m4s%2f..%2ffull.m3u8',
  ])('is not found by the forged name %s', async (name) => {
    const { sessionId } = await record({ pieces: 2 });
    const { piecesUrl } = await preview();
    const paths = ['', '/still.jpg', '/h264/1000/media.m4s'].map(
      (part) => `${piecesUrl}${sessionId}/${name}${part}`,
    );
    for (const path of paths) expect((await get(path)).status).toBe(404);
  });

  it('is not found under another session, channel or user', async () => {
    const { sessionId, names } = await record({ pieces: 2 });
    const other = await record({ pieces: 3, endedAgoMs: 60 * SECOND });
    const { id } = owner.user;
    const wrong = [
      `${id}/${people.channelId}/${other.sessionId}/${names[1]}x`,
      `${id}/${people.channelId}/${randomUUID()}/${names[0]}`,
      `${id}/${randomUUID()}/${sessionId}/${names[0]}`,
      `${randomUUID()}/${people.channelId}/${sessionId}/${names[0]}`,
      `${id}/${people.channelId}/not-an-id/${names[0]}`,
    ];
    for (const path of wrong) expect((await get(`/api/buffers/${path}`)).status).toBe(404);
  });
});

describe('another user', () => {
  it('finds nothing of it at any address, not even as an admin; neither does anybody without an account', async () => {
    await record({ pieces: 2 });
    const shown = await preview();
    const init = shown.piecesUrl + (shown.pieces[0]?.key ?? '').replace(/[^/]+$/, 'init_0.mp4');
    const paths = [
      shown.playlistUrl,
      `${shown.piecesUrl}index.m3u8`,
      init,
      ...shown.pieces.flatMap(({ key }) =>
        ['', '/still.jpg', '/h264/1000/init.mp4'].map((part) => shown.piecesUrl + key + part),
      ),
    ];
    const member = await people.register();
    for (const path of paths) {
      expect((await get(path, {}, member)).status).toBe(404);
      expect((await get(path, {}, people.admin)).status).toBe(404);
      expect((await fetch(`${people.origin}${path}`)).status).toBe(401);
    }
    const keys = shown.pieces.map(({ key }) => key);
    const asked = { channelId: people.channelId, keys };
    expect(await member.api.query('replay.peaks', asked)).toEqual(keys.map((key) => ({ key, peaks: null })));
    await expect(preview(member)).rejects.toMatchObject({ code: 'NO_SEGMENTS_FOUND' });
  });
});
