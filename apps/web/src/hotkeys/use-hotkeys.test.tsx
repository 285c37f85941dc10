// @vitest-environment happy-dom
import { configureStore } from '@reduxjs/toolkit';
import { cleanup, render, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { afterEach, expect, test } from 'vitest';
import { pressKey } from '../testing/press-key.ts';
import { DEFAULT_HOTKEYS, type Hotkeys } from './hotkey-actions.ts';
import { useHotkeyActions } from './use-hotkeys.ts';

afterEach(cleanup);

function Page({ heard }: { heard: [action: string, pressedAt: number][] }) {
  useHotkeyActions({
    saveClip: ({ pressedAt }) => heard.push(['saveClip', pressedAt]),
    toggleMute: ({ pressedAt }) => heard.push(['toggleMute', pressedAt]),
  });
  return (
    <>
      <input aria-label="Title" />
      <input type="checkbox" aria-label="Switch" />
    </>
  );
}

function show(changes: Partial<Hotkeys> = {}) {
  const heard: [action: string, pressedAt: number][] = [];
  const state = { hotkeys: { ...DEFAULT_HOTKEYS, ...changes } };
  const store = configureStore({ reducer: { preferences: () => state } });
  render(
    <Provider store={store}>
      <Page heard={heard} />
    </Provider>,
  );
  return { heard, actions: () => heard.map(([action]) => action) };
}

test('runs what is set for the key, with the moment of the press', () => {
  const { heard } = show();
  const event = pressKey(document.body, 'KeyC', { altKey: true });
  expect(heard).toEqual([['saveClip', event.timeStamp]]);
  expect(event.defaultPrevented).toBe(true);
});

test('follows what a person has set', () => {
  const { actions } = show({ saveClip: 'F9', toggleMute: null });
  expect(pressKey(document.body, 'KeyC', { altKey: true }).defaultPrevented).toBe(false);
  pressKey(document.body, 'KeyM');
  pressKey(document.body, 'F9');
  expect(actions()).toEqual(['saveClip']);
});

test('lets people write, except with Alt', () => {
  const { actions } = show();
  pressKey(screen.getByLabelText('Title'), 'KeyM');
  expect(actions()).toEqual([]);
  pressKey(screen.getByLabelText('Title'), 'KeyC', { altKey: true });
  pressKey(screen.getByLabelText('Switch'), 'KeyM');
  expect(actions()).toEqual(['saveClip', 'toggleMute']);
});

test('a key that is held down counts once, and so does nothing that is being composed', () => {
  const { actions } = show();
  pressKey(document.body, 'KeyM');
  pressKey(document.body, 'KeyM', { repeat: true });
  pressKey(document.body, 'KeyM', { isComposing: true });
  expect(actions()).toEqual(['toggleMute']);
});
