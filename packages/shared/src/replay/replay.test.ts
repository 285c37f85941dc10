import { describe, expect, it } from 'vitest';
import { DAY } from '../units.ts';
import { captureInput, startInput } from './replay.ts';

const channelId = '019a0f0e-0000-7000-8000-000000000001';
const from = '2026-11-21T10:00:00.000Z';
const to = '2026-11-21T10:01:00.000Z';

describe('captureInput', () => {
  it.each([1, 2, 5, 10])('accepts the last %i minutes', (lastMinutes) => {
    expect(captureInput.parse({ channelId, lastMinutes })).toEqual({
      channelId,
      lastMinutes,
      pressedAgoMs: 0,
    });
  });

  it.each([1, 15, 30, 86_400])('accepts the last %i seconds', (lastSeconds) => {
    expect(captureInput.parse({ channelId, lastSeconds })).toMatchObject({ lastSeconds });
  });

  it('accepts a range instead', () => {
    expect(captureInput.parse({ channelId, from, to })).toMatchObject({ from, to });
  });

  it('accepts levels of the share and of voices', () => {
    const levels = { shareDb: -30, voices: [{ userId: channelId, gainDb: 12 }] };
    expect(captureInput.parse({ channelId, lastMinutes: 1, levels }).levels).toEqual(levels);
    expect(captureInput.parse({ channelId, lastMinutes: 1, levels: {} }).levels).toEqual({
      shareDb: 0,
      voices: [],
    });
  });

  it.each([
    ['a level above the highest', { lastMinutes: 1, levels: { shareDb: 13 } }],
    ['half a decibel', { lastMinutes: 1, levels: { shareDb: 0.5 } }],
    ['a level of nobody', { lastMinutes: 1, levels: { voices: [{ userId: '../../etc', gainDb: 0 }] } }],
    [
      'levels of more people than can be heard',
      {
        lastMinutes: 1,
        levels: { voices: Array.from({ length: 101 }, () => ({ userId: channelId, gainDb: 0 })) },
      },
    ],
    ['another length', { lastMinutes: 3 }],
    ['a length as text', { lastMinutes: '5' }],
    ['neither length nor range', {}],
    ['both', { lastMinutes: 1, from, to }],
    ['half a range', { from }],
    ['two lengths', { lastMinutes: 1, lastSeconds: 30 }],
    ['a part of a second', { lastSeconds: 0.5 }],
    ['more than any buffer keeps', { lastSeconds: 86_401 }],
    ['a length and half a range', { lastMinutes: 1, to }],
    ['a range that ends before it starts', { from: to, to: from }],
    ['a press in the future', { lastMinutes: 1, pressedAgoMs: -1 }],
    ['a press long ago', { lastMinutes: 1, pressedAgoMs: 2 * DAY }],
    ['an empty title', { lastMinutes: 1, title: '  ' }],
    ['a path as channel', { lastMinutes: 1, channelId: '../../etc' }],
  ])('refuses %s', (_what, input) => {
    expect(captureInput.safeParse({ channelId, ...input }).success).toBe(false);
  });
});

describe('startInput', () => {
  it.each(['TR_', 'PA_abc', 'TR_../../x', 'TR_a b', ''])('refuses %j as a track SID', (videoTrackSid) => {
    expect(startInput.safeParse({ channelId, videoTrackSid, quality: '720p' }).success).toBe(false);
  });

  it('accepts the SIDs that LiveKit makes', () => {
    const input = { channelId, videoTrackSid: 'TR_VSFhd2c9Xa', audioTrackSid: 'TR_AS_x-1', quality: '1080p' };
    expect(startInput.parse(input)).toEqual(input);
  });
});
