import { parsePreferences, type Preferences } from './preferences.slice.ts';

const STORAGE_KEY = 'hindsight.preferences';

/** Reads the preferences of this browser; a browser that refuses storage gets the defaults. */
export function loadPreferences(): Preferences {
  try {
    return parsePreferences(localStorage.getItem(STORAGE_KEY));
  } catch {
    return parsePreferences(null);
  }
}

/** Keeps the preferences for the next visit, where the browser allows it. */
export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(preferences));
  } catch {
    // Private windows and full storages refuse: the preferences then last as long as the page.
  }
}
