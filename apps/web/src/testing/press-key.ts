import { act } from '@testing-library/react';

/** Presses a physical key in an element. Returns the event, which tells what became of it. */
export function pressKey(element: Element, code: string, init: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { code, key: code, bubbles: true, cancelable: true, ...init });
  // happy-dom takes each Alt for AltGr.
  Object.defineProperty(event, 'getModifierState', { value: () => false });
  act(() => void element.dispatchEvent(event));
  return event;
}
