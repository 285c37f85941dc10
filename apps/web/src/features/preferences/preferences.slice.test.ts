import { expect, test } from 'vitest';
import { DEFAULT_HOTKEYS, DEFAULT_HOTKEY_SECONDS } from '../../hotkeys/hotkey-actions.ts';
import { parsePreferences, preferenceChanged, preferencesReducer } from './preferences.slice.ts';

const defaults = preferencesReducer(undefined, { type: 'start' });

test('what was stored comes back', () => {
  const changed = preferencesReducer(
    defaults,
    preferenceChanged({
      isReplayWanted: true,
      isAskedFirst: true,
      quality: '1440p',
      colorScheme: 'light',
      isSoundOn: false,
      notices: 'on',
      hotkeys: { ...DEFAULT_HOTKEYS, saveClip: 'F9', toggleMute: null },
      hotkeySeconds: { ...DEFAULT_HOTKEY_SECONDS, saveClip1: 15 },
    }),
  );
  expect(parsePreferences(JSON.stringify(changed))).toEqual(changed);
});

test.each([
  null,
  '',
  '{',
  '7',
  'null',
  '[]',
  '{"quality":"8k","colorScheme":1,"hotkeys":7,"notices":true,"hotkeySeconds":{"saveClip1":0.5},"isSoundOn":"no"}',
])('falls back to the defaults for %s', (stored) => {
  expect(parsePreferences(stored)).toEqual(defaults);
});

test('one broken value doesn’t take the others with it', () => {
  expect(parsePreferences('{"quality":"1080p","hotkeySeconds":"ten"}')).toEqual({
    ...defaults,
    quality: '1080p',
  });
});
