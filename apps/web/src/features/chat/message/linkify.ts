/** A part of a message is plain text, or an address to open. */
export type TextPart = { text: string; href: string | null };

// Only web addresses: a link of any other scheme could run something.
const ADDRESS = /https?:\/\/[^\s<>"]+/gi;
/** These characters end a sentence rather than an address. */
const TAIL = /[.,;:!?'")\]]+$/;

/** Cuts a text into plain parts and links. */
export function linkify(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(ADDRESS)) {
    const address = match.replace(TAIL, '');
    if (!URL.canParse(address)) continue;
    if (index > end) parts.push({ text: text.slice(end, index), href: null });
    parts.push({ text: address, href: address });
    end = index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null });
  return parts;
}
