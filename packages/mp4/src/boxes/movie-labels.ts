import { boxAt } from './box-reader.ts';
import { box, BOX_HEADER_BYTES, fullBox, uint32 } from './box-writer.ts';

/** A movie's labels are what players and file managers show of it beside its pictures. */
export interface MovieLabels {
  title?: string;
  /** Players call the collection that a movie is part of its album. */
  album?: string;
}

/** The name of the program that made a movie, as its "encoder". */
const TOOL = 'Hindsight';
/** The labels and what is left free behind them take this many bytes, so that other labels can be put in their place. */
const RESERVED_BYTES = 1024;
/** All in front of the labels lies within this many bytes of a file, and so do the labels. */
export const LABELLED_BYTES = 2048;
const UTF8_TEXT = 1;

/**
 * Writes labels as iTunes does, which most programs read, and as many free bytes behind them as are left of those reserved.
 * @throws RangeError when they don't fit; 250 letters of any alphabet always do
 */
export function labelBoxes({ title, album }: MovieLabels): Buffer {
  const labels = [
    ...(title === undefined ? [] : [label('\u00a9nam', title)]),
    ...(album === undefined ? [] : [label('\u00a9alb', album)]),
    label('\u00a9too', TOOL),
  ];
  const handler = fullBox('hdlr', 0, 0, uint32(0), Buffer.from('mdirappl'), uint32(0, 0), Buffer.alloc(1));
  const udta = box('udta', fullBox('meta', 0, 0, handler, box('ilst', ...labels)));
  const freeBytes = RESERVED_BYTES - udta.length - BOX_HEADER_BYTES;
  if (freeBytes < 0) throw new RangeError('the labels are too long');
  return Buffer.concat([udta, box('free', Buffer.alloc(freeBytes))]);
}

function label(name: string, text: string): Buffer {
  return box(name, box('data', uint32(UTF8_TEXT, 0), Buffer.from(text)));
}

/**
 * Returns the bytes that give a movie other labels, and where they belong in its file. Returns null when it has no place for
 * labels, because another program or an earlier version made it.
 * @param head the first `LABELLED_BYTES` of the file
 */
export function otherLabels(head: Buffer, labels: MovieLabels): { position: number; bytes: Buffer } | null {
  const ftyp = boxAt(head, 0);
  const moov = ftyp?.type === 'ftyp' ? boxAt(head, ftyp.end) : null;
  const mvhd = moov?.type === 'moov' ? boxAt(head, moov.body) : null;
  const udta = mvhd?.type === 'mvhd' ? boxAt(head, mvhd.end) : null;
  const free = udta?.type === 'udta' ? boxAt(head, udta.end) : null;
  if (udta === null || free?.type !== 'free' || free.end - udta.start !== RESERVED_BYTES) return null;
  return { position: udta.start, bytes: labelBoxes(labels) };
}
