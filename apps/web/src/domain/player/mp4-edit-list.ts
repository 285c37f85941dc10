/** The index of a file begins within this many bytes, with all that is needed here. */
export const HEAD_BYTES = 2048;

/**
 * Returns how many seconds of an MP4's first track are hidden by its edit list (ISO/IEC 14496-12, 8.6.6). Returns 0
 * when there is none, or when the head doesn't begin with an index.
 * @throws RangeError when boxes are shorter than they can be
 */
export function hiddenLeadInSeconds(head: DataView): number {
  const whole = { start: 0, end: head.byteLength };
  const edits = findBox(head, whole, ['moov', 'trak', 'edts', 'elst']);
  const media = findBox(head, whole, ['moov', 'trak', 'mdia', 'mdhd']);
  if (edits === null || media === null) return 0;
  const isLong = head.getUint8(edits.start) === 1;
  const mediaTime = isLong ? Number(head.getBigInt64(edits.start + 16)) : head.getInt32(edits.start + 12);
  const timescale = head.getUint32(media.start + (head.getUint8(media.start) === 1 ? 20 : 12));
  // -1 is a pause before the track, which hides nothing.
  return mediaTime > 0 && timescale > 0 ? mediaTime / timescale : 0;
}

/** A span is the content of a box, as far as the head reaches. */
interface Span {
  start: number;
  end: number;
}

const BOX_HEADER_BYTES = 8;

/**
 * Finds the first box of each name, each inside the one before. The last box counts only when the head has all of it.
 */
function findBox(view: DataView, within: Span, [name, ...inner]: string[]): Span | null {
  for (let at = within.start; at + BOX_HEADER_BYTES <= within.end;) {
    const sizeBytes = view.getUint32(at);
    // 0 and 1 mean that the box is larger than anything in front of the media.
    if (sizeBytes < BOX_HEADER_BYTES) return null;
    const content = { start: at + BOX_HEADER_BYTES, end: Math.min(within.end, at + sizeBytes) };
    if (typeAt(view, at + 4) === name) {
      if (inner.length > 0) return findBox(view, content, inner);
      return at + sizeBytes <= within.end ? content : null;
    }
    at += sizeBytes;
  }
  return null;
}

const typeAt = (view: DataView, at: number): string =>
  String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
