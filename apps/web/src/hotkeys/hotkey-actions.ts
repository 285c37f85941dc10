import { captureSecondsSchema } from '@hindsight/shared/replay/lengths';
import { SECOND } from '@hindsight/shared/units';
import { spokenLength } from '../format/format-length.ts';
import { isHotkey, type Hotkey } from './hotkey.ts';
import { reservedBecause } from './reserved-hotkeys.ts';

/** A key can be set for each of these actions; they are in the order of the lists that show them. */
export const HOTKEY_ACTIONS = [
  'saveClip',
  'saveClip1',
  'saveClip2',
  'saveClip5',
  'saveClip10',
  'saveClipAfresh',
  'openCaptureDialog',
  'dropMarker',
  'nameNewestClip',
  'toggleMute',
  'toggleDeafen',
] as const;
export type HotkeyAction = (typeof HOTKEY_ACTIONS)[number];

/** The value is null for an action without a key. */
export type Hotkeys = Record<HotkeyAction, Hotkey | null>;

/** Each of these actions saves a length of its own. They are named after the lengths in minutes that they began with. */
export const LENGTH_ACTIONS = ['saveClip1', 'saveClip2', 'saveClip5', 'saveClip10'] as const;
export type LengthAction = (typeof LENGTH_ACTIONS)[number];
export type HotkeySeconds = Record<LengthAction, number>;

export const DEFAULT_HOTKEY_SECONDS: HotkeySeconds = {
  saveClip1: 60,
  saveClip2: 120,
  saveClip5: 300,
  saveClip10: 600,
};

export type HotkeyLabels = Record<HotkeyAction, string>;

const FIXED_LABELS: Omit<HotkeyLabels, LengthAction> = {
  saveClip: 'Save a clip of the default length',
  saveClipAfresh: 'Save a clip and start afresh',
  openCaptureDialog: 'Choose what to save',
  dropMarker: 'Mark this moment',
  nameNewestClip: 'Name the newest clip',
  toggleMute: 'Mute or unmute',
  toggleDeafen: 'Deafen or undeafen',
};

export const DEFAULT_HOTKEYS: Hotkeys = {
  saveClip: 'Alt+KeyC',
  saveClip1: null,
  saveClip2: null,
  saveClip5: null,
  saveClip10: null,
  saveClipAfresh: null,
  openCaptureDialog: 'Alt+Shift+KeyC',
  dropMarker: 'Alt+KeyM',
  nameNewestClip: 'KeyE',
  toggleMute: 'KeyM',
  toggleDeafen: 'KeyD',
};

/** Says what each action does, with the lengths that are set. */
export function hotkeyLabels(seconds: HotkeySeconds): HotkeyLabels {
  const savesLast = (action: LengthAction) =>
    `Save the last ${spokenLength(seconds[action] * SECOND).replace(/^1 (?=minute$|second$)/, '')}`;
  return {
    ...FIXED_LABELS,
    saveClip1: savesLast('saveClip1'),
    saveClip2: savesLast('saveClip2'),
    saveClip5: savesLast('saveClip5'),
    saveClip10: savesLast('saveClip10'),
  };
}

/** Reads stored lengths. What isn't one falls back to its default. */
export function parseHotkeySeconds(stored: unknown): HotkeySeconds {
  const values = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const parsed = { ...DEFAULT_HOTKEY_SECONDS };
  for (const action of LENGTH_ACTIONS) {
    const { data } = captureSecondsSchema.safeParse(values[action]);
    if (data !== undefined) parsed[action] = data;
  }
  return parsed;
}

/** Returns another action that already has the combination. */
export function holderOf(hotkeys: Hotkeys, hotkey: Hotkey, except: HotkeyAction): HotkeyAction | null {
  return HOTKEY_ACTIONS.find((action) => action !== except && hotkeys[action] === hotkey) ?? null;
}

/**
 * Reads stored keys. What isn't a usable combination falls back to its default, and no combination ever stands for two
 * actions. What a person chose goes before a default.
 */
export function parseHotkeys(stored: unknown): Hotkeys {
  const values = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
  const taken = new Set<Hotkey>();
  const chosen: Partial<Hotkeys> = {};
  for (const action of HOTKEY_ACTIONS) {
    const value = values[action];
    if (value === null) chosen[action] = null;
    if (!isHotkey(value) || reservedBecause(value) !== null || taken.has(value)) continue;
    chosen[action] = value;
    taken.add(value);
  }
  const hotkeys = { ...DEFAULT_HOTKEYS, ...chosen };
  for (const action of HOTKEY_ACTIONS) {
    const hotkey = hotkeys[action];
    if (chosen[action] === undefined && hotkey !== null && taken.has(hotkey)) hotkeys[action] = null;
  }
  return hotkeys;
}
