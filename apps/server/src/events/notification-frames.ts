/** PostgreSQL takes less than 8000 bytes in a notification. */
const MAX_FRAME_BYTES = 7900;
/** The header before each part (sender, number, position and count) is at most this long. */
const HEADER_BYTES = 100;
const FRAME = /^(\S+) (\d+) (\d+) (\d+) (.*)$/s;

/**
 * Splits a value into notifications that are each short enough.
 * @param number grows with every value of the sender
 */
export function toFrames(senderId: string, number: number, value: unknown): string[] {
  // In ASCII each character is one byte, so that no cut goes through a character.
  const text = JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const partBytes = MAX_FRAME_BYTES - HEADER_BYTES;
  const count = Math.max(1, Math.ceil(text.length / partBytes));
  return Array.from({ length: count }, (_, index) => {
    const part = text.slice(index * partBytes, (index + 1) * partBytes);
    return `${senderId} ${number} ${index} ${count} ${part}`;
  });
}

/** Joins frames into values again. The frames of one sender come in order; those of several senders may alternate. */
export function createFrameReader() {
  const begun = new Map<string, { number: string; parts: string[] }>();
  return {
    /** Returns the value that a frame completes; null when it completes none, or is not a frame. */
    read(frame: string): { senderId: string; value: unknown } | null {
      const [, senderId, number, index, count, part] = FRAME.exec(frame) ?? [];
      if (senderId === undefined || number === undefined || part === undefined) return null;
      const before = begun.get(senderId);
      const parts = before?.number === number ? before.parts : [];
      if (parts.length !== Number(index)) return null;
      parts.push(part);
      if (parts.length < Number(count)) {
        begun.set(senderId, { number, parts });
        return null;
      }
      begun.delete(senderId);
      return { senderId, value: JSON.parse(parts.join('')) };
    },

    /** Drops incomplete values, which will never be completed because frames have been missed. */
    clear(): void {
      begun.clear();
    },
  };
}
