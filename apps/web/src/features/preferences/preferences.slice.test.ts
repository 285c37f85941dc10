import { expect, test } from 'vitest';
import {
  DEFAULT_PREFERENCES,
  parsePreferences,
  preferenceChanged,
  preferencesReducer,
} from './preferences.slice.ts';

test('what was stored comes back', () => {
  const changed = preferencesReducer(
    DEFAULT_PREFERENCES,
    preferenceChanged({ isReplayWanted: true, captureMinutes: 10, quality: '1440p', colorScheme: 'light' }),
  );
  expect(parsePreferences(JSON.stringify(changed))).toEqual(changed);
});

test.each([null, '', '{', '7', 'null', '[]', '{"captureMinutes":3,"quality":"8k","colorScheme":1}'])(
  'falls back to the defaults for %s',
  (stored) => {
    expect(parsePreferences(stored)).toEqual(DEFAULT_PREFERENCES);
  },
);

test('one broken value doesn’t take the others with it', () => {
  expect(parsePreferences('{"quality":"1080p","captureMinutes":"ten"}')).toEqual({
    ...DEFAULT_PREFERENCES,
    quality: '1080p',
  });
});
