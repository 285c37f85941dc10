import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beepOnsets, burntClock } from '@hindsight/rig/media/clip-probe';
import { runFfmpeg } from '@hindsight/rig/media/run-ffmpeg';
import { writeSyntheticSession, type SyntheticSession } from '@hindsight/rig/media/synthetic-buffer';
import { PEAK_MS, type PiecePeaks, type Preview } from '@hindsight/shared/replay/preview';
import { SECOND } from '@hindsight/shared/units';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openBufferedPeople, type BufferedPeople, type Visitor } from '../testing/buffered-people.ts';

let people: BufferedPeople;
let owner: Visitor;
let folder: string;

beforeAll(async () => {
  people = await openBufferedPeople();
  folder = await mkdtemp(join(tmpdir(), 'hindsight-preview-'));
});
afterAll(async () => {
  await people.remove();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  owner = await people.register();
});

/** Records a page of the owner with a clock and a beep each second. */
async function share(options: {
  startMs: number;
  durationMs: number;
  hasAudio?: boolean;
  framesPerSecond?: number;
}): Promise<SyntheticSession> {
  const { startMs, durationMs } = options;
  const { sessionId } = await people.createSession({
    userId: owner.user.id,
    channelId: people.channelId,
    startMs,
    endMs: startMs + durationMs,
  });
  return writeSyntheticSession({
    ...options,
    bufferDir: people.bufferDir,
    room: people.channelId,
    user: owner.user.id,
    sessionId,
    width: 1024,
    height: 256,
  });
}

function preview(): Promise<Preview> {
  return owner.api.query<Preview>('replay.preview', { channelId: people.channelId });
}

/** Fetches the playlist and its media as a browser would, into one file. */
async function play({ playlistUrl, piecesUrl }: Preview): Promise<string> {
  const text = await (await owner.api.fetch(playlistUrl)).text();
  const files = [...text.matchAll(/^(?:#EXT-X-MAP:URI="([^"]+)"|([^#\n].*))$/gm)].map(
    ([, init, media]) => init ?? media ?? '',
  );
  let local = text;
  for (const [index, file] of files.entries()) {
    const bytes = Buffer.from(await (await owner.api.fetch(piecesUrl + file)).arrayBuffer());
    const name = `${index}.${file.endsWith('.mp4') ? 'mp4' : 'm4s'}`;
    await writeFile(join(folder, name), bytes);
    local = local.replace(file, name);
  }
  const playlist = join(folder, 'index.m3u8');
  await writeFile(playlist, local);
  return playlist;
}

describe('the playlist', () => {
  it('can be decoded, and shows each moment of the buffer at its time', async () => {
    const startMs = Math.floor(Date.now() / SECOND) * SECOND - 30 * SECOND;
    await share({ startMs, durationMs: 14 * SECOND });
    const shown = await preview();
    expect(Date.parse(shown.from)).toBe(startMs);
    expect(Date.parse(shown.to)).toBe(startMs + 14 * SECOND);
    const playlist = await play(shown);
    const frames = await burntClock(playlist, { nearMs: startMs });
    expect(frames).toHaveLength(14 * 15);
    const first = frames[0]?.ptsMs ?? Number.NaN;
    for (const { ptsMs, burntMs } of frames)
      expect(Math.abs((burntMs ?? Number.NaN) - startMs - (ptsMs - first))).toBeLessThanOrEqual(2);
    const beeps = await beepOnsets(playlist);
    expect(beeps.length).toBeGreaterThanOrEqual(14);
    for (const beepMs of beeps) expect(Math.abs(((beepMs + 500) % SECOND) - 500)).toBeLessThanOrEqual(20);
  });
});

describe('the sketch of a piece', () => {
  it('is a still of its first picture, and its loudness in tenths of a second', async () => {
    // Each whole second has a beep of a tenth of a second.
    const startMs = Math.floor(Date.now() / SECOND) * SECOND - 60 * SECOND;
    await share({ startMs, durationMs: 40 * SECOND, framesPerSecond: 5 });
    const { pieces, piecesUrl } = await preview();
    const keys = pieces.map(({ key }) => key);
    expect(keys).toHaveLength(10);
    const sketches = await owner.api.query<PiecePeaks[]>('replay.peaks', {
      channelId: people.channelId,
      keys,
    });
    expect(sketches.map(({ key }) => key)).toEqual(keys);
    for (const { peaks } of sketches) {
      expect(peaks).toHaveLength((4 * SECOND) / PEAK_MS);
      const loud = (peaks ?? []).flatMap((peak, index) => (peak > 40 ? [index % 10] : []));
      // Each beep fills its tenth. Coding smears it a little into the next ones.
      expect(loud.filter((tenth) => tenth === 0)).toHaveLength(4);
      expect(loud.filter((tenth) => tenth >= 3 && tenth <= 8)).toHaveLength(0);
    }
    for (const [index, key] of keys.entries()) {
      const response = await owner.api.fetch(`${piecesUrl}${key}/still.jpg`);
      expect(response.headers.get('content-type')).toBe('image/jpeg');
      const still = join(folder, `${index}.jpg`);
      await writeFile(still, Buffer.from(await response.arrayBuffer()));
      // The page shows another second in each piece.
      const { stdout } = await runFfmpeg(['-v', 'error', '-i', still, '-f', 'rawvideo', 'pipe:1']);
      expect(stdout.length).toBeGreaterThan(170 * 96);
    }
  });

  it('is silent without sound, and an unreadable piece hides none of its neighbours', async () => {
    const startMs = Date.now() - 40 * SECOND;
    const { pieces } = await share({ startMs, durationMs: 12 * SECOND, hasAudio: false });
    const broken = pieces[1];
    if (broken === undefined) throw new Error('there are three');
    // The file has complete boxes without media.
    const box = Buffer.alloc(broken.sizeBytes);
    box.writeUInt32BE(broken.sizeBytes);
    box.write('mdat', 4, 'latin1');
    await writeFile(broken.path, box);
    const { pieces: shown, piecesUrl } = await preview();
    const keys = shown.map(({ key }) => key);
    const statuses = await Promise.all(
      keys.map(async (key) => (await owner.api.fetch(`${piecesUrl}${key}/still.jpg`)).status),
    );
    expect(statuses).toEqual([200, 404, 200]);
    const sketches = await owner.api.query<PiecePeaks[]>('replay.peaks', {
      channelId: people.channelId,
      keys,
    });
    expect(sketches[0]?.peaks).toEqual([]);
  });
});
