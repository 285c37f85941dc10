/**
 * This is a combination of keys as it is stored: modifiers in a fixed order, then the physical key by its
 * `KeyboardEvent.code` ("Alt+Shift+KeyC"). The key is physical, because with Alt a Mac types another letter, and other
 * layouts have other letters.
 */
export type Hotkey = string;

/** These are the fields of a keyboard event that decide. */
export interface KeyPress {
  code: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
  getModifierState: (name: string) => boolean;
}

const HOTKEY_FORM = /^(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?(?:Meta\+)?[A-Z][A-Za-z0-9]{0,24}$/;
const MODIFIER_CODE = /^(?:Control|Alt|Shift|Meta|OS)(?:Left|Right)?$|^(?:CapsLock|NumLock|Fn|FnLock)$/;

/**
 * Returns the combination of a key press. Returns null while only modifiers are down, and for AltGr, which types
 * letters.
 */
export function hotkeyOf(event: KeyPress): Hotkey | null {
  const { code } = event;
  if (code === '' || MODIFIER_CODE.test(code) || event.getModifierState('AltGraph')) return null;
  const modifiers = [
    event.ctrlKey && 'Ctrl',
    event.altKey && 'Alt',
    event.shiftKey && 'Shift',
    event.metaKey && 'Meta',
  ];
  return [...modifiers.filter((name) => name !== false), code].join('+');
}

/** Tells whether a stored value has the form of a combination. */
export function isHotkey(value: unknown): value is Hotkey {
  return typeof value === 'string' && HOTKEY_FORM.test(value) && !MODIFIER_CODE.test(keyOf(value));
}

/** Returns the physical key of a combination, without modifiers. */
export function keyOf(hotkey: Hotkey): string {
  return hotkey.slice(hotkey.lastIndexOf('+') + 1);
}

export function modifiersOf(hotkey: Hotkey): string[] {
  return hotkey.split('+').slice(0, -1);
}

/** Tells whether a combination types nothing, so that it may act while somebody is writing. */
export function isSafeWhileTyping(hotkey: Hotkey): boolean {
  const modifiers = modifiersOf(hotkey);
  return modifiers.includes('Alt') || modifiers.includes('Ctrl') || /^F\d{1,2}$/.test(keyOf(hotkey));
}
