import type { ExportOptions } from '@hindsight/shared/clips/export';
import { describe, expect, it } from 'vitest';
import type { ClipFacts } from './clip-facts.ts';
import { planExport } from './export-plan.ts';

const MB = 1_000_000;

/** A minute of a game at 6 Mbit/s, after post-processing. */
const game: ClipFacts = {
  durationSeconds: 60,
  width: 1920,
  height: 1080,
  sizeBytes: 46 * MB,
  framesPerSecond: 60,
  soundBytes: 0.96 * MB,
  hasSound: true,
  isAac: true,
  isOneSize: true,
  separateTracks: 0,
  isPlain: true,
};
/** Ten minutes of somebody typing. */
const desk = { ...game, durationSeconds: 600, sizeBytes: 30 * MB, soundBytes: 9.6 * MB, framesPerSecond: 30 };

const plan = (options: ExportOptions, facts = game) =>
  planExport(options, facts, { chatLimitBytes: 20 * MB });
const forChat = (limitMb: number, facts = game) =>
  plan({ kind: 'chat', limitBytes: limitMb * MB }, facts).plan;

describe('an export for chat', () => {
  it.each([
    { limitMb: 100, facts: game, width: 1920, framesPerSecond: 60, look: 'same' },
    { limitMb: 20, facts: game, width: 1920, framesPerSecond: 30, look: 'good' },
    { limitMb: 10, facts: game, width: 1280, framesPerSecond: 30, look: 'good' },
    { limitMb: 3, facts: game, width: 640, framesPerSecond: 30, look: 'soft' },
    { limitMb: 0.8, facts: game, width: 480, framesPerSecond: 15, look: 'poor' },
    { limitMb: 20, facts: desk, width: 1920, framesPerSecond: 30, look: 'good' },
    {
      limitMb: 10,
      facts: { ...game, durationSeconds: 600, sizeBytes: 460 * MB },
      width: 480,
      framesPerSecond: 15,
      look: 'poor',
    },
  ])('of $limitMb MB is $width wide at $framesPerSecond and looks $look', ({ limitMb, facts, ...form }) => {
    expect(forChat(limitMb, facts)).toMatchObject({ ...form, maxBytes: limitMb * MB });
  });

  it('copies a clip that fits, unless it would not play everywhere', () => {
    expect(plan({ kind: 'chat', limitBytes: 50 * MB })).toMatchObject({ chat: { isCopy: true } });
    const instant = { ...game, isPlain: false };
    expect(plan({ kind: 'chat', limitBytes: 50 * MB }, instant)).toMatchObject({ chat: { isCopy: false } });
    expect(plan({ kind: 'chat', limitBytes: 45 * MB })).toMatchObject({ chat: { isCopy: false } });
  });

  it('fits into what the admin has set unless it says otherwise', () => {
    expect(plan({ kind: 'chat' }).plan.maxBytes).toBe(20 * MB);
  });

  it('says the least size that works, which then does', () => {
    expect(() => forChat(0.2)).toThrow(/At least 0\.5 MB/);
    expect(forChat(0.5)).toMatchObject({ look: 'poor', width: 320 });
  });
});

describe('other exports', () => {
  it('for editing have 30 or 60 pictures a second, whichever the clip is nearer to, or as asked', () => {
    const rate = (framesPerSecond: number) =>
      plan({ kind: 'editing', sound: 'aac' }, { ...game, framesPerSecond }).plan.framesPerSecond;
    expect([5, 24, 30, 48, 60].map(rate)).toEqual([30, 30, 30, 60, 60]);
    expect(plan({ kind: 'editing', sound: 'pcm', framesPerSecond: 30 }).plan).toMatchObject({
      framesPerSecond: 30,
      extension: 'mov',
    });
  });

  it('for editing reserve room for each separate track, and need some to be there', () => {
    const size = (separateTracks: number, sound: 'aac' | 'pcm') =>
      plan({ kind: 'editing', sound, hasSeparateTracks: true }, { ...game, separateTracks }).plan.maxBytes;
    const alone = plan({ kind: 'editing', sound: 'pcm' }, { ...game, separateTracks: 3 }).plan;
    expect(alone.separateTracks).toBe(0);
    // A minute of PCM.
    const trackBytes = 60 * 48_000 * 4;
    expect(size(3, 'pcm') - alone.maxBytes).toBeGreaterThan(3 * trackBytes);
    expect(size(3, 'pcm') - alone.maxBytes).toBeLessThan(3 * trackBytes * 1.1);
    expect(size(4, 'aac') - size(3, 'aac')).toBeGreaterThan((60 * 128_000) / 8);
    expect(() => size(0, 'aac')).toThrow(/no separate tracks/);
  });

  it.each([[{ x: 1313, y: 0, width: 608, height: 1080 }], [{ x: 0, y: 1000, width: 64, height: 81 }]])(
    'refuse a crop that isn’t inside the picture: %j',
    (crop) => {
      expect(() => plan({ kind: 'crop', crop })).toThrow(/not inside the picture of 1920 × 1080/);
    },
  );

  it('crop at even pixels, which H.264 needs', () => {
    const work = plan({ kind: 'crop', crop: { x: 1313, y: 0, width: 607, height: 1080 } });
    expect(work).toMatchObject({ crop: { x: 1312, width: 606 }, plan: { width: 606, height: 1080 } });
  });

  it.each<[ExportOptions, Partial<ClipFacts>, RegExp]>([
    [{ kind: 'still', atMs: 61_000, format: 'png' }, {}, /shorter/],
    [{ kind: 'animation', format: 'gif', fromMs: 60_000, toMs: 61_000 }, {}, /shorter/],
    [{ kind: 'sound' }, { hasSound: false }, /no sound/],
  ])('%j of %j is refused', (options, changes, reason) => {
    expect(() => plan(options, { ...game, ...changes })).toThrow(reason);
  });
});
