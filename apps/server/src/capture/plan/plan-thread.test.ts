import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Timeline } from '../../buffer/piece.ts';
import { layOutClip } from '@hindsight/mp4/layout/clip-layout';
import { layoutEtag } from '../instant/pinned-segments.ts';
import { planClip } from './clip-plan.ts';
import { startPlanThread, type PlanThread } from './plan-thread.ts';
import { writePieces } from '../testing/written-pieces.ts';

const WORKER = new URL('plan.worker.ts', import.meta.url);
const RANGE = { fromMs: 1500, toMs: 7500 };

describe('the thread that plans clips', () => {
  let directory: string;
  let timeline: Timeline;
  let thread: PlanThread;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hindsight-plan-'));
    timeline = await writePieces(directory, 0, 2);
    thread = startPlanThread();
  });
  afterAll(async () => {
    await thread.close();
    await rm(directory, { recursive: true });
  });
  const nothingBroken = (error: Error) => {
    throw error;
  };

  it('lays out a clip and its poster like the main thread would', async () => {
    const planned = await thread.plan(timeline, RANGE, nothingBroken);
    const here = planClip(timeline, RANGE, nothingBroken);
    const layout = layOutClip(here?.runs ?? [], here?.selection.fromMs);
    expect(planned?.plan.selection).toEqual(here?.selection);
    expect(planned?.layouts?.clip).toEqual({ ...layout, recipe: null });
    expect(layoutEtag(planned?.layouts?.clip ?? layout)).toBe(layoutEtag(layout));
    expect(planned?.layouts?.still.sizeBytes).toBeLessThan(layout.sizeBytes / 10);
  });

  it('reports what was left out, and that nothing is left', async () => {
    const gone = timeline.map((piece, index) =>
      index === 0 ? { ...piece, path: join(directory, 'gone') } : piece,
    );
    const broken: Error[] = [];
    const planned = await thread.plan(gone, RANGE, (error) => broken.push(error));
    expect(planned?.plan.selection.fromMs).toBe(4000);
    expect(broken.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')]);
    expect(await thread.plan(timeline, { fromMs: 50_000, toMs: 60_000 }, nothingBroken)).toBeNull();
  });

  it('does not read again what it has read in advance', async () => {
    const others = await writePieces(join(directory, 'read'), 0, 2);
    for (const { path } of others) await utimes(path, 1, 1);
    thread.readAhead(others);
    const before = await thread.plan(timeline, RANGE, nothingBroken);
    for (const { path, sizeBytes } of others) {
      await writeFile(path, Buffer.alloc(sizeBytes));
      await utimes(path, 1, 1);
    }
    const planned = await thread.plan(others, RANGE, nothingBroken);
    expect(planned?.layouts?.clip.head).toEqual(before?.layouts?.clip.head);
  });

  it('plans while it reads in advance, and ignores pieces that are gone since', async () => {
    const others = await writePieces(join(directory, 'others'), 0, 3);
    thread.readAhead(others);
    expect((await thread.plan(timeline, RANGE, nothingBroken))?.layouts).not.toBeNull();
    await rm(others[1]?.path ?? '');
    const broken: Error[] = [];
    const planned = await thread.plan(others, { fromMs: 0, toMs: 12_000 }, (error) => broken.push(error));
    expect(planned?.plan.runs).toHaveLength(2);
    expect(broken.map(({ message }) => message)).toEqual([expect.stringContaining('ENOENT')]);
    thread.readAhead(others.map((piece) => ({ ...piece, path: directory })));
    expect((await thread.plan(timeline, RANGE, nothingBroken))?.layouts).not.toBeNull();
  });

  it('passes on errors of the file system', async () => {
    const unreadable = timeline.map((piece) => ({ ...piece, path: directory }));
    await expect(thread.plan(unreadable, RANGE, nothingBroken)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('is replaced when it dies, and refuses work once it is closed', async () => {
    const spawned = [() => new Worker('process.exit(1)', { eval: true }), () => new Worker(WORKER)];
    const mortal = startPlanThread({ spawn: () => (spawned.shift() ?? (() => new Worker(WORKER)))() });
    await expect(mortal.plan(timeline, RANGE, nothingBroken)).rejects.toThrow('has ended');
    expect(await mortal.plan(timeline, RANGE, nothingBroken)).not.toBeNull();
    const waiting = mortal.plan(timeline, RANGE, nothingBroken);
    await Promise.all([expect(waiting).rejects.toThrow('has ended'), mortal.close()]);
    await expect(mortal.plan(timeline, RANGE, nothingBroken)).rejects.toThrow('closed');
  });
});
