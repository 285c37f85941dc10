/** This is a box of an MP4 file (ISO/IEC 14496-12, 4.2). Its offsets are into the buffer that it was found in. */
export interface Box {
  type: string;
  start: number;
  /** The content begins here, after the 8- or 16-byte header. */
  body: number;
  end: number;
}

/** Reads the box that begins at an offset. Returns null when the bytes there can't begin one; it may end past the buffer. */
export function boxAt(buffer: Buffer, offset: number): Box | null {
  if (offset + 8 > buffer.length) return null;
  let size = buffer.readUInt32BE(offset);
  let body = offset + 8;
  if (size === 1) {
    if (offset + 16 > buffer.length) return null;
    size = Number(buffer.readBigUInt64BE(offset + 8));
    body += 8;
  }
  if (size < body - offset) return null;
  return { type: buffer.toString('latin1', offset + 4, offset + 8), start: offset, body, end: offset + size };
}

/** Returns the boxes inside another one. Stops at the first that does not fit. */
export function childBoxes(buffer: Buffer, parent: { body: number; end: number }): Box[] {
  const children: Box[] = [];
  for (let at = parent.body; at < parent.end;) {
    const box = boxAt(buffer, at);
    if (box === null || box.end > parent.end || box.end > buffer.length) break;
    children.push(box);
    at = box.end;
  }
  return children;
}

/** Follows a path of box types downwards, taking the first box of each type. */
export function findBox(
  buffer: Buffer,
  parent: { body: number; end: number },
  ...path: string[]
): Box | undefined {
  const [type, ...rest] = path;
  const child = childBoxes(buffer, parent).find((box) => box.type === type);
  return child === undefined || rest.length === 0 ? child : findBox(buffer, child, ...rest);
}

/** Returns the value. @throws RangeError when it is undefined */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new RangeError(`no ${what}`);
  return value;
}
