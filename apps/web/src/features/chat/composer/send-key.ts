/** Keyboards on glass have no Shift to hold: there Enter breaks the line, and the button sends. */
function isTouchOnly(): boolean {
  return matchMedia('(hover: none) and (pointer: coarse)').matches;
}

/** Enter, unless it breaks the line or picks a word of an input method. */
export function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isTouchOnly();
}
