// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { formatHotkey, hotkeyParts } from './format-hotkey.ts';
import { DEFAULT_HOTKEYS, HOTKEY_ACTIONS, holderOf, parseHotkeys } from './hotkey-actions.ts';
import { hotkeyOf, isHotkey, isSafeWhileTyping, type KeyPress } from './hotkey.ts';
import { isTypingIn } from './is-typing.ts';
import { reservedBecause } from './reserved-hotkeys.ts';

function press(code: string, modifiers: string[] = []): KeyPress {
  return {
    code,
    ctrlKey: modifiers.includes('ctrl'),
    altKey: modifiers.includes('alt'),
    shiftKey: modifiers.includes('shift'),
    metaKey: modifiers.includes('meta'),
    getModifierState: (name) => modifiers.includes(name),
  };
}

test.each([
  [press('KeyC', ['alt']), 'Alt+KeyC'],
  [press('KeyC', ['shift', 'alt']), 'Alt+Shift+KeyC'],
  [press('Digit1', ['meta', 'shift', 'alt', 'ctrl']), 'Ctrl+Alt+Shift+Meta+Digit1'],
  [press('KeyM'), 'KeyM'],
  [press('AltLeft', ['alt']), null],
  [press('ShiftRight', ['shift']), null],
  [press('CapsLock'), null],
  [press('KeyC', ['ctrl', 'alt', 'AltGraph']), null],
  [press('', ['alt']), null],
])('reads the press %# as %s', (event, hotkey) => {
  expect(hotkeyOf(event)).toBe(hotkey);
});

test.each([
  ['Alt+KeyC', true],
  ['F2', true],
  ['Ctrl+Alt+Shift+Meta+ArrowUp', true],
  ['Shift+Alt+KeyC', false],
  ['Alt+', false],
  ['Alt+AltLeft', false],
  ['alt+c', false],
  ['', false],
  [null, false],
  [7, false],
])('of %s it is %s that it is a combination', (value, is) => {
  expect(isHotkey(value)).toBe(is);
});

test.each([
  ['Alt+KeyC', ['Alt', 'C'], '⌥C'],
  ['Alt+Shift+Digit5', ['Alt', 'Shift', '5'], '⌥⇧5'],
  ['Ctrl+Alt+Comma', ['Ctrl', 'Alt', ','], '⌃⌥,'],
  ['Numpad7', ['Num 7'], 'Num 7'],
  ['F9', ['F9'], 'F9'],
  ['Meta+ArrowUp', ['Win', '↑'], '⌘↑'],
])('%s is shown as %s', (hotkey, parts, onMac) => {
  expect(hotkeyParts(hotkey, false)).toEqual(parts);
  expect(formatHotkey(hotkey, false)).toBe(parts.join('+'));
  expect(formatHotkey(hotkey, true)).toBe(onMac);
});

test.each([
  ['Alt+KeyC', true],
  ['Ctrl+Alt+KeyC', true],
  ['F9', true],
  ['KeyM', false],
  ['Shift+KeyM', false],
])('acts while somebody writes: %s, %s', (hotkey, is) => {
  expect(isSafeWhileTyping(hotkey)).toBe(is);
});

describe('what can’t be set', () => {
  test.each([
    ['Ctrl+KeyW', /Ctrl/],
    ['Ctrl+Shift+KeyT', /Ctrl/],
    ['Meta+KeyQ', /system/],
    ['Alt+F4', /system/],
    ['Alt+ArrowLeft', /browser/],
    ['Tab', /move around/],
    ['Shift+Tab', /move around/],
    ['Space', /move around/],
    ['F5', /browser/],
    ['KeyK', /player/],
    ['Shift+Slash', /player/],
  ])('%s', (hotkey, reason) => {
    expect(reservedBecause(hotkey)).toMatch(reason);
  });

  test.each([
    'Alt+KeyC',
    'Ctrl+Alt+KeyW',
    'F9',
    'KeyM',
    'Shift+KeyQ',
    'Alt+Digit1',
    'Alt+Comma',
    'NumpadAdd',
  ])('but %s can', (hotkey) => {
    expect(reservedBecause(hotkey)).toBeNull();
  });

  test('the defaults can be set, and none stands for two actions', () => {
    const set = HOTKEY_ACTIONS.flatMap((action) => DEFAULT_HOTKEYS[action] ?? []);
    expect(set.map(reservedBecause)).toEqual(set.map(() => null));
    expect(new Set(set).size).toBe(set.length);
  });
});

describe('what was stored', () => {
  test('comes back', () => {
    const chosen = { ...DEFAULT_HOTKEYS, saveClip: 'F9', saveClip1: 'Alt+Digit1', toggleMute: null };
    expect(parseHotkeys(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen);
  });

  test.each([undefined, null, 'Alt+KeyC', [], { saveClip: 'Ctrl+KeyW', toggleMute: 7, else: 'KeyX' }])(
    'falls back to the defaults: %j',
    (stored) => {
      expect(parseHotkeys(stored)).toEqual(DEFAULT_HOTKEYS);
    },
  );

  test('never lets one combination stand for two actions; a choice goes before a default', () => {
    expect(parseHotkeys({ saveClip5: 'Alt+KeyC' })).toEqual({
      ...DEFAULT_HOTKEYS,
      saveClip: null,
      saveClip5: 'Alt+KeyC',
    });
    expect(parseHotkeys({ saveClip1: 'F9', saveClip2: 'F9' })).toEqual({
      ...DEFAULT_HOTKEYS,
      saveClip1: 'F9',
    });
  });
});

test('knows which other action holds a combination', () => {
  expect(holderOf(DEFAULT_HOTKEYS, 'Alt+KeyC', 'toggleMute')).toBe('saveClip');
  expect(holderOf(DEFAULT_HOTKEYS, 'Alt+KeyC', 'saveClip')).toBeNull();
  expect(holderOf(DEFAULT_HOTKEYS, 'F9', 'saveClip')).toBeNull();
});

test.each([
  ['<input>', true],
  ['<input type="search">', true],
  ['<textarea></textarea>', true],
  ['<select></select>', true],
  ['<div contenteditable="true"><b></b></div>', true],
  ['<input type="checkbox">', false],
  ['<input type="range">', false],
  ['<button></button>', false],
  ['<div contenteditable="false"></div>', false],
])('keys in %s are text: %s', (html, is) => {
  const host = document.createElement('div');
  host.innerHTML = html;
  const element = host.firstElementChild;
  expect(isTypingIn(element?.firstElementChild ?? element)).toBe(is);
});
