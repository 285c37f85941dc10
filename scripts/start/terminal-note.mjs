/** Lines from this level of pino on are shown to the person at the terminal. */
const ERROR_LEVEL = 50;

/**
 * Returns what a line of the server's log tells the person at the terminal, or null when it is not meant for them.
 * @param {string} line JSON of pino, or plain text such as a crash
 * @param {boolean} isErrorStream
 */
export function noteFor(line, isErrorStream) {
  try {
    const entry = JSON.parse(line);
    if (typeof entry.level !== 'number' || entry.level < ERROR_LEVEL) return null;
    return [entry.msg, entry.err?.message].filter(Boolean).join(': ');
  } catch {
    return isErrorStream && line.trim() ? line : null;
  }
}
