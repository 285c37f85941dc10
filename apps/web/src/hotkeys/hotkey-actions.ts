import { CAPTURE_MINUTES, type CaptureMinutes } from '@hindsight/shared/replay/replay';
import { isHotkey, type Hotkey } from './hotkey.ts';
import { reservedBecause } from './reserved-hotkeys.ts';

/** A key can be set for each of these actions; they are in the order of the lists that show them. */
export const HOTKEY_ACTIONS = [
  'saveClip',
  'saveClip1',
  'saveClip2',
  'saveClip5',
  'saveClip10',
  'openCaptureDialog',
  'dropMarker',
  'nameNewestClip',
  'toggleMute',
  'toggleDeafen',
] as const;
export type HotkeyAction = (typeof HOTKEY_ACTIONS)[number];

/** The value is null for an action without a key. */
export type Hotkeys = Record<HotkeyAction, Hotkey | null>;

export const HOTKEY_LABELS: Record<HotkeyAction, string> = {
  saveClip: 'Save a clip of the default length',
  saveClip1: 'Save the last minute',
  saveClip2: 'Save the last 2 minutes',
  saveClip5: 'Save the last 5 minutes',
  saveClip10: 'Save the last 10 minutes',
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
  openCaptureDialog: 'Alt+Shift+KeyC',
  dropMarker: 'Alt+KeyM',
  nameNewestClip: 'KeyE',
  toggleMute: 'KeyM',
  toggleDeafen: 'KeyD',
};

/** Returns the action that saves a certain length. */
function saveAction(minutes: CaptureMinutes): HotkeyAction {
  return `saveClip${minutes}`;
}

export const SAVE_ACTIONS = CAPTURE_MINUTES.map((minutes) => ({ minutes, action: saveAction(minutes) }));

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
