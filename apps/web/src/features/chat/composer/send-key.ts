/**
 * Tells whether there is only a touch keyboard. It has no Shift to hold, so Enter breaks the line there, and the button
 * sends.
 */
function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches;
}

/** Tells whether a key sends the message. Enter does, unless it breaks the line or picks a word of an input method. */
export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isTouchOnly();
}
