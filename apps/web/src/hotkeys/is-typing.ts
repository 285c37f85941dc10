/** These inputs take no text, so keys pressed in them do not count as typing. */
const TEXTLESS_INPUTS = new Set([
  'checkbox',
  'radio',
  'range',
  'button',
  'submit',
  'reset',
  'file',
  'color',
  'image',
]);

/** Tells whether keys pressed in an element are text that somebody writes, or choose something in it. */
export function isTypingIn(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  const field = target.closest('input, textarea, select, [contenteditable]:not([contenteditable="false"])');
  if (field === null) return false;
  return !(field instanceof HTMLInputElement && TEXTLESS_INPUTS.has(field.type));
}
