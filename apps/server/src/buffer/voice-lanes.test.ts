import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { voicePieceName } from '@hindsight/recorder/voices/voice-piece';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVoiceLanes, type VoiceLanes } from './voice-lanes.ts';

const START = 1_764_460_800_000;

let bufferDir: string;
let segmentPath: string;
let lanes: VoiceLanes;

beforeEach(() => {
  bufferDir = mkdtempSync(join(tmpdir(), 'voice-lanes-'));
  segmentPath = [randomUUID(), randomUUID(), randomUUID()].join('/');
  lanes = createVoiceLanes({ bufferDir });
});
afterEach(() => rmSync(bufferDir, { recursive: true }));

/** Writes pieces of a voice that begin at these times, in seconds from the start. */
function write(identity: string, slot: number, ...seconds: number[]): void {
  const folder = join(bufferDir, segmentPath, 'voices', identity);
  mkdirSync(folder, { recursive: true });
  for (const second of seconds)
    writeFileSync(join(folder, voicePieceName(slot, START + second * 1000)), 'packets');
}

const list = async (fromSeconds: number, toSeconds: number): Promise<string[]> => {
  const pieces = await lanes.list(segmentPath, START + fromSeconds * 1000, START + toSeconds * 1000);
  return pieces.map(({ identity, slot, fromMs }) => `${identity} ${slot} ${(fromMs - START) / 1000}`);
};

describe('voices of a buffer', () => {
  it('are listed by voice and microphone, with every piece that a time span may touch', async () => {
    write('bob', 0, 0, 10, 20, 30);
    write('alice', 1, 12);
    write('alice', 0, 10.5);
    expect(await list(12, 20)).toEqual(['alice 0 10.5', 'alice 1 12', 'bob 0 10']);
    // The last packet of a piece may reach into the next ten seconds.
    expect(await list(20.1, 30)).toEqual(['alice 0 10.5', 'alice 1 12', 'bob 0 10', 'bob 0 20']);
    expect(await list(20.2, 30)).toEqual(['bob 0 20']);
  });

  it('have their sizes, and nothing that is none of ours', async () => {
    write('bob', 0, 0);
    const folder = join(bufferDir, segmentPath, 'voices');
    writeFileSync(join(folder, 'bob', 'notes.txt'), '');
    mkdirSync(join(folder, '..', 'voices', 'not a voice'));
    writeFileSync(join(folder, 'stray'), '');
    const [piece, ...others] = await lanes.list(segmentPath, START, START + 1000);
    expect(piece).toMatchObject({ identity: 'bob', sizeBytes: 7, toMs: START + 10_120 });
    expect(others).toEqual([]);
  });

  it('are none where no voice was kept', async () => {
    expect(await list(0, 100)).toEqual([]);
  });

  it('are gone once they are forgotten, and the others stay', async () => {
    write('alice', 0, 0);
    write('bob', 0, 0);
    await lanes.forget(segmentPath, 'alice');
    await lanes.forget(segmentPath, 'carol');
    expect(readdirSync(join(bufferDir, segmentPath, 'voices'))).toEqual(['bob']);
  });

  it.each(['..', '../..', '', 'a/b'])('never deletes %j', async (identity) => {
    write('alice', 0, 0);
    await expect(lanes.forget(segmentPath, identity)).rejects.toThrow(RangeError);
    expect(await list(0, 1)).toEqual(['alice 0 0']);
  });
});
