// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  DEFAULT_HOTKEYS,
  DEFAULT_HOTKEY_SECONDS,
  hotkeyLabels,
  type HotkeyAction,
  type Hotkeys,
} from '../../hotkeys/hotkey-actions.ts';
import { pressKey } from '../../testing/press-key.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { HotkeyField } from './hotkey-field.tsx';

let current: Hotkeys;
/** These keys got past the field to the rest of the page. */
let leaked: string[];
const listen = (event: KeyboardEvent) => leaked.push(event.code);

beforeEach(() => {
  current = DEFAULT_HOTKEYS;
  leaked = [];
  window.addEventListener('keydown', listen);
});
afterEach(() => window.removeEventListener('keydown', listen));

function Field({ action }: { action: HotkeyAction }) {
  const [hotkeys, setHotkeys] = useState(DEFAULT_HOTKEYS);
  return (
    <HotkeyField
      action={action}
      hotkeys={hotkeys}
      labels={hotkeyLabels(DEFAULT_HOTKEY_SECONDS)}
      onChange={(hotkey) => {
        current = { ...hotkeys, [action]: hotkey };
        setHotkeys(current);
      }}
    />
  );
}

function show(action: HotkeyAction) {
  renderApp(<Field action={action} />);
}

const field = (state: string) => screen.getByRole('button', { name: state });

describe('the field of a hotkey', () => {
  test('takes the next combination, and keeps it from the rest of the page', () => {
    show('saveClip');
    fireEvent.click(field('Save a clip of the default length: Alt+C'));
    const listening = field('Save a clip of the default length: press the keys');
    pressKey(listening, 'AltLeft', { altKey: true });
    pressKey(listening, 'KeyX', { altKey: true });
    expect(current.saveClip).toBe('Alt+KeyX');
    field('Save a clip of the default length: Alt+X');
    expect(leaked).toEqual([]);
  });

  test('takes nothing before it is pressed', () => {
    show('saveClip');
    pressKey(field('Save a clip of the default length: Alt+C'), 'KeyX', { altKey: true });
    expect(current).toEqual(DEFAULT_HOTKEYS);
    expect(leaked).toEqual(['KeyX']);
  });

  test('says what another action holds, and listens on', () => {
    show('saveClip1');
    fireEvent.click(field('Save the last minute: not set'));
    const listening = field('Save the last minute: press the keys');
    pressKey(listening, 'KeyM', { altKey: true });
    expect(screen.getByRole('alert').textContent).toBe(
      'Alt+M: It is set for “Mark this moment”. Remove it there first, or choose another.',
    );
    expect(current).toEqual(DEFAULT_HOTKEYS);
    pressKey(listening, 'F9');
    expect(current.saveClip1).toBe('F9');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('refuses what the browser keeps for itself', () => {
    show('saveClip1');
    fireEvent.click(field('Save the last minute: not set'));
    pressKey(field('Save the last minute: press the keys'), 'KeyW', { ctrlKey: true });
    expect(screen.getByRole('alert').textContent).toMatch(
      /^Ctrl\+W: The browser uses combinations with Ctrl/,
    );
    expect(current).toEqual(DEFAULT_HOTKEYS);
  });

  test.each([
    ['Escape', (element: HTMLElement) => pressKey(element, 'Escape')],
    ['leaving it', (element: HTMLElement) => fireEvent.blur(element)],
  ])('%s changes nothing', (_how, leave) => {
    show('saveClip');
    fireEvent.click(field('Save a clip of the default length: Alt+C'));
    leave(field('Save a clip of the default length: press the keys'));
    field('Save a clip of the default length: Alt+C');
    expect(current).toEqual(DEFAULT_HOTKEYS);
  });

  test('can be emptied', () => {
    show('toggleMute');
    fireEvent.click(screen.getByRole('button', { name: 'Remove the keys of “Mute or unmute”' }));
    expect(current.toggleMute).toBeNull();
    field('Mute or unmute: not set');
  });
});
