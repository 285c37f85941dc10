import { describe, expect, test } from 'vitest';
import type { SessionDto } from '@hindsight/shared/replay/replay';
import { isSwitchOn, replayControlState } from './replay-control-state.ts';
import {
  captureDismissed,
  captureRetried,
  captureSettled,
  captureStarted,
  replayReducer,
  requestRefused,
  requestSettled,
  shareChanged,
  startRequested,
  stopRequested,
} from '../session/replay.slice.ts';

const share = { videoTrackSid: 'TR_a' };
const session = (status: SessionDto['status'], endReason: SessionDto['endReason'] = null) => ({
  status,
  endReason,
  videoTrackSid: 'TR_a',
});
const another = { videoTrackSid: 'TR_b' };
const initial = replayReducer(undefined, { type: 'init' });
const full = { code: 'QUOTA_EXCEEDED', text: 'Full.', remedy: 'Delete.', errorId: null } as const;

test.each([
  [null, 'none', null, 'not-sharing'],
  [null, 'none', session('ACTIVE'), 'not-sharing'],
  [share, 'none', null, 'off'],
  [share, 'none', session('STOPPED'), 'off'],
  [share, 'none', session('FAILED'), 'off'],
  [share, 'starting', null, 'starting'],
  [share, 'starting', session('STOPPED'), 'starting'],
  [share, 'none', session('STARTING'), 'starting'],
  [share, 'none', session('ACTIVE'), 'active'],
  [share, 'starting', session('ACTIVE'), 'active'],
  [share, 'stopping', session('ACTIVE'), 'stopping'],
  [share, 'none', session('FAILED', 'RECORDER_FAILED'), 'off'],
  [share, 'none', session('FAILED', 'DISK_FULL'), 'waiting'],
  [share, 'stopping', session('FAILED', 'DISK_FULL'), 'stopping'],
  [another, 'none', session('FAILED', 'DISK_FULL'), 'off'],
  [null, 'none', session('FAILED', 'DISK_FULL'), 'not-sharing'],
] as const)('share %j, request %s, session %j: %s', (shared, request, newest, state) => {
  expect(replayControlState({ share: shared, request, session: newest })).toBe(state);
});

test.each([
  ['not-sharing', true, true],
  ['not-sharing', false, false],
  ['off', true, false],
  ['starting', false, true],
  ['active', false, true],
  ['stopping', true, false],
  ['waiting', false, true],
] as const)('the switch of %s with the wish %s is on: %s', (state, isWanted, isOn) => {
  expect(isSwitchOn(state, isWanted)).toBe(isOn);
});

describe('a request', () => {
  test('starts, is refused with a reason, and can be asked again', () => {
    const asked = replayReducer(initial, startRequested());
    expect(asked.request).toBe('starting');
    const refused = replayReducer(asked, requestRefused(full));
    expect(refused).toMatchObject({ request: 'none', error: full });
    expect(replayReducer(refused, startRequested())).toMatchObject({ request: 'starting', error: null });
  });

  test('to stop ends when it is answered', () => {
    const stopping = replayReducer(initial, stopRequested());
    expect(stopping.request).toBe('stopping');
    expect(replayReducer(stopping, requestSettled()).request).toBe('none');
  });

  test('dies with its share', () => {
    const refused = replayReducer(replayReducer(initial, startRequested()), requestRefused(full));
    expect(replayReducer(refused, shareChanged())).toMatchObject({ request: 'none', error: null });
  });
});

describe('captures', () => {
  const press = (key: string) =>
    captureStarted({
      key,
      channelId: 'c',
      asked: { lastSeconds: 300 },
      via: 'button' as const,
      moment: { pressedAt: 0, wallOffsetMs: 0 },
      expectedMs: 300_000,
      stillUrl: null,
    });

  test('several run side by side, each with its own outcome', () => {
    const two = replayReducer(replayReducer(initial, press('a')), press('b'));
    const settled = replayReducer(
      two,
      captureSettled({ key: 'b', outcome: { kind: 'refused', error: full } }),
    );
    expect(settled.captures.map(({ key, outcome }) => [key, outcome.kind])).toEqual([
      ['a', 'asking'],
      ['b', 'refused'],
    ]);
    expect(replayReducer(settled, captureDismissed('a')).captures.map(({ key }) => key)).toEqual(['b']);
  });

  test('one that was refused can be asked for again', () => {
    const refused = replayReducer(
      replayReducer(initial, press('a')),
      captureSettled({ key: 'a', outcome: { kind: 'refused', error: full } }),
    );
    expect(replayReducer(refused, captureRetried('a')).captures[0]?.outcome).toMatchObject({
      kind: 'asking',
    });
  });

  test('outlive the share they were taken of', () => {
    expect(replayReducer(replayReducer(initial, press('a')), shareChanged()).captures).toHaveLength(1);
  });
});
