import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import {
  CAPTURE_MINUTES,
  QUALITY_PRESETS,
  type CaptureMinutes,
  type Quality,
} from '@hindsight/shared/replay';

export const COLOR_SCHEMES = ['auto', 'light', 'dark'] as const;
export type ColorScheme = (typeof COLOR_SCHEMES)[number];

export interface Preferences {
  /** The next share starts the replay buffer by itself. */
  isReplayWanted: boolean;
  /** What the hotkey saves, and the button that stands out. */
  captureMinutes: CaptureMinutes;
  quality: Quality;
  colorScheme: ColorScheme;
}

export const DEFAULT_PREFERENCES: Preferences = {
  isReplayWanted: false,
  captureMinutes: 5,
  quality: '720p',
  colorScheme: 'dark',
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

/** Preferences out of what was stored, maybe by an older version or a person: what isn't valid falls back to its default. */
export function parsePreferences(stored: string | null): Preferences {
  let value: unknown;
  try {
    value = JSON.parse(stored ?? 'null');
  } catch {
    return DEFAULT_PREFERENCES;
  }
  if (typeof value !== 'object' || value === null) return DEFAULT_PREFERENCES;
  const { isReplayWanted, captureMinutes, quality, colorScheme } = value as Record<string, unknown>;
  const qualities = Object.keys(QUALITY_PRESETS) as Quality[];
  return {
    isReplayWanted: typeof isReplayWanted === 'boolean' ? isReplayWanted : DEFAULT_PREFERENCES.isReplayWanted,
    captureMinutes:
      CAPTURE_MINUTES.find((minutes) => minutes === captureMinutes) ?? DEFAULT_PREFERENCES.captureMinutes,
    quality: qualities.find((name) => name === quality) ?? DEFAULT_PREFERENCES.quality,
    colorScheme: COLOR_SCHEMES.find((name) => name === colorScheme) ?? DEFAULT_PREFERENCES.colorScheme,
  };
}
