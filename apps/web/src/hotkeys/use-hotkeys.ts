import { useEffect, useEffectEvent } from 'react';
import { useSelector } from 'react-redux';
import { formatHotkey } from './format-hotkey.ts';
import {
  HOTKEY_ACTIONS,
  hotkeyLabels,
  type HotkeyAction,
  type HotkeyLabels,
  type Hotkeys,
  type HotkeySeconds,
} from './hotkey-actions.ts';
import { hotkeyOf, isSafeWhileTyping } from './hotkey.ts';
import { isTypingIn } from './is-typing.ts';

export interface HotkeyPress {
  /** The time is the event's `timeStamp`, so it tells when the key went down, not when it was handled. */
  pressedAt: number;
}

export function useHotkeySettings(): Hotkeys {
  return useSelector((state: { preferences: { hotkeys: Hotkeys } }) => state.preferences.hotkeys);
}

/** Returns what each action does, with the lengths that are set. */
export function useHotkeyLabels(): HotkeyLabels {
  return hotkeyLabels(
    useSelector(
      (state: { preferences: { hotkeySeconds: HotkeySeconds } }) => state.preferences.hotkeySeconds,
    ),
  );
}

/** Returns the key of an action for tooltips ("Alt+C"); undefined when none is set. */
export function useHotkeyLabel(action: HotkeyAction): string | undefined {
  const hotkey = useHotkeySettings()[action];
  return hotkey === null ? undefined : formatHotkey(hotkey);
}

/** Calls the given functions whenever the key that is set for them goes down, anywhere on the page. */
export function useHotkeyActions(
  handlers: Partial<Record<HotkeyAction, (press: HotkeyPress) => void>>,
): void {
  const settings = useHotkeySettings();
  const onKeyDown = useEffectEvent((event: KeyboardEvent) => {
    if (event.repeat || event.isComposing || event.defaultPrevented) return;
    const hotkey = hotkeyOf(event);
    const action = HOTKEY_ACTIONS.find((name) => hotkey !== null && settings[name] === hotkey);
    const handler = action === undefined ? undefined : handlers[action];
    if (hotkey === null || handler === undefined) return;
    if (isTypingIn(event.target) && !isSafeWhileTyping(hotkey)) return;
    event.preventDefault();
    handler({ pressedAt: event.timeStamp });
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKeyDown(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
