import { keyOf, modifiersOf, type Hotkey } from './hotkey.ts';

const MOVING_KEYS = new Set([
  ...['Tab', 'Enter', 'NumpadEnter', 'Escape', 'Space', 'Backspace', 'Delete', 'Insert', 'ContextMenu'],
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown'],
]);
/** Browsers use these keys for help, find, reload, address bar, caret, menu, full screen and developer tools. */
const BROWSER_FUNCTION_KEYS = new Set(['F1', 'F3', 'F5', 'F6', 'F7', 'F10', 'F11', 'F12']);
/** With Alt these keys belong to the window and the history; D, E and F open the address bar and menus. */
const BROWSER_ALT_KEYS = new Set([
  ...['F4', 'Tab', 'Space', 'Enter', 'Escape', 'ArrowLeft', 'ArrowRight', 'Home', 'KeyD', 'KeyE', 'KeyF'],
]);
/** Without modifiers these keys belong to the clip player and the list of shortcuts. */
const PAGE_KEYS = new Set(['KeyJ', 'KeyK', 'KeyL', 'KeyF', 'KeyN', 'KeyP', 'Comma', 'Period', 'Slash']);

/** Says in a sentence why a combination can't be used for any action of ours; null when it can. */
export function reservedBecause(hotkey: Hotkey): string | null {
  const key = keyOf(hotkey);
  const modifiers = modifiersOf(hotkey);
  const isPlain = !modifiers.some((name) => name !== 'Shift');
  if (modifiers.includes('Meta')) return 'The system keeps combinations with this key for itself. Use Alt.';
  if (modifiers.includes('Ctrl') && !modifiers.includes('Alt'))
    return 'The browser uses combinations with Ctrl. Use Alt, or Ctrl and Alt together.';
  if (isPlain && MOVING_KEYS.has(key)) return 'This key is needed to move around and to write. Add Alt.';
  if (isPlain && BROWSER_FUNCTION_KEYS.has(key)) return 'The browser uses this key. Choose another.';
  if (modifiers.includes('Alt') && BROWSER_ALT_KEYS.has(key))
    return 'The browser or the system uses this combination. Choose another.';
  if (isPlain && PAGE_KEYS.has(key)) return 'The clip player uses this key. Add Alt, or choose another.';
  return null;
}
