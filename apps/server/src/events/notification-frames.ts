/** PostgreSQL takes less than 8000 bytes in a notification. */
const MAX_FRAME_BYTES = 7900;
/** Sender, number, position and count before each part, at their longest. */
const HEADER_BYTES = 100;
const FRAME = /^(\S+) (\d+) (\d+) (\d+) (.*)$/s;

/**
 * A value as notifications, of which each is short enough.
 * @param number grows with every value of the sender
 */
export function toFrames(senderId: string, number: number, value: unknown): string[] {
  // As ASCII a character is a byte, and no cut goes through one.
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

/** Puts values together again. A sender's frames come in order, and those of several senders in between each other. */
export function createFrameReader() {
  const begun = new Map<string, { number: string; parts: string[] }>();
  return {
    /** The value that a frame completes; null when it completes none, or is none. */
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

    /** What was begun will never be completed: frames have been missed. */
    clear(): void {
      begun.clear();
    },
  };
}
