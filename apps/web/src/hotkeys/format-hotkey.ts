import { keyOf, modifiersOf, type Hotkey } from './hotkey.ts';

const MAC_MODIFIERS: Record<string, string> = { Ctrl: '⌃', Alt: '⌥', Shift: '⇧', Meta: '⌘' };
const OTHER_MODIFIERS: Record<string, string> = { Meta: 'Win' };

const KEY_NAMES: Record<string, string> = {
  Comma: ',',
  Period: '.',
  Slash: '/',
  Semicolon: ';',
  Quote: '’',
  Backquote: '`',
  Minus: '-',
  Equal: '=',
  BracketLeft: '[',
  BracketRight: ']',
  Backslash: '\\',
  IntlBackslash: '<',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page Up',
  PageDown: 'Page Down',
};

/** Returns the keys of a combination as they are printed on keyboards. */
export function hotkeyParts(hotkey: Hotkey, isMac = isMacKeyboard()): string[] {
  const names = isMac ? MAC_MODIFIERS : OTHER_MODIFIERS;
  return [...modifiersOf(hotkey).map((name) => names[name] ?? name), keyName(keyOf(hotkey))];
}

/** Returns the same as one word, for tooltips and sentences: "Alt+C". */
export function formatHotkey(hotkey: Hotkey, isMac = isMacKeyboard()): string {
  return hotkeyParts(hotkey, isMac).join(isMac ? '' : '+');
}

function keyName(code: string): string {
  const [, letterOrDigit] = /^(?:Key|Digit)(.)$/.exec(code) ?? [];
  if (letterOrDigit !== undefined) return letterOrDigit;
  return KEY_NAMES[code] ?? code.replace(/^Numpad/, 'Num ');
}

function isMacKeyboard(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
