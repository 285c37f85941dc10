import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { QUALITY_PRESETS, type Quality } from '@hindsight/shared/replay/replay';
import { NOTICE_CHOICES, type NoticeChoice } from '../../domain/replay/system-notification.ts';
import {
  DEFAULT_HOTKEYS,
  DEFAULT_HOTKEY_SECONDS,
  parseHotkeys,
  parseHotkeySeconds,
  type Hotkeys,
  type HotkeySeconds,
} from '../../hotkeys/hotkey-actions.ts';

export const COLOR_SCHEMES = ['auto', 'light', 'dark'] as const;
export type ColorScheme = (typeof COLOR_SCHEMES)[number];

export interface Preferences {
  /** When true, the next share starts the replay buffer by itself. */
  isReplayWanted: boolean;
  /** When true, the person is asked before a new share is recorded. */
  isAskedFirst: boolean;
  quality: Quality;
  colorScheme: ColorScheme;
  /** When true, short sounds tell of what happens while nobody looks: a key saved a clip, a recording was lost. */
  isSoundOn: boolean;
  /** The system's notifications, for what happens while nobody sees the page: `ask` offers them after the first press. */
  notices: NoticeChoice;
  hotkeys: Hotkeys;
  /** These hotkeys save lengths of their own. */
  hotkeySeconds: HotkeySeconds;
}

const DEFAULT_PREFERENCES: Preferences = {
  isReplayWanted: false,
  isAskedFirst: false,
  quality: '720p',
  colorScheme: 'dark',
  isSoundOn: true,
  notices: 'ask',
  hotkeys: DEFAULT_HOTKEYS,
  hotkeySeconds: DEFAULT_HOTKEY_SECONDS,
};

const preferencesSlice = createSlice({
  name: 'preferences',
  initialState: DEFAULT_PREFERENCES,
  reducers: {
    preferenceChanged(state, { payload }: PayloadAction<Partial<Preferences>>) {
      Object.assign(state, payload);
    },
  },
});

export const { preferenceChanged } = preferencesSlice.actions;
export const preferencesReducer = preferencesSlice.reducer;

/**
 * Reads stored preferences, maybe of an older version or edited by a person. What isn't valid falls back to its
 * default.
 */
export function parsePreferences(text: string | null): Preferences {
  let value: unknown;
  try {
    value = JSON.parse(text ?? 'null');
  } catch {
    return DEFAULT_PREFERENCES;
  }
  if (typeof value !== 'object' || value === null) return DEFAULT_PREFERENCES;
  const stored = value as Record<string, unknown>;
  const isOn = (name: 'isReplayWanted' | 'isAskedFirst' | 'isSoundOn') => {
    const flag = stored[name];
    return typeof flag === 'boolean' ? flag : DEFAULT_PREFERENCES[name];
  };
  const qualities = Object.keys(QUALITY_PRESETS) as Quality[];
  return {
    isReplayWanted: isOn('isReplayWanted'),
    isAskedFirst: isOn('isAskedFirst'),
    quality: qualities.find((name) => name === stored['quality']) ?? DEFAULT_PREFERENCES.quality,
    colorScheme:
      COLOR_SCHEMES.find((name) => name === stored['colorScheme']) ?? DEFAULT_PREFERENCES.colorScheme,
    isSoundOn: isOn('isSoundOn'),
    notices: NOTICE_CHOICES.find((name) => name === stored['notices']) ?? DEFAULT_PREFERENCES.notices,
    hotkeys: parseHotkeys(stored['hotkeys']),
    hotkeySeconds: parseHotkeySeconds(stored['hotkeySeconds']),
  };
}
