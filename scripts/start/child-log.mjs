import { appendFileSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { noteFor } from './terminal-note.mjs';

const MAX_LOG_BYTES = 20 * 1024 * 1024;
const TAIL_LINES = 30;

/**
 * Opens a log file that is rotated when it grows large: `server.log`, and the previous one as `server.log.1`.
 * @param {string} file
 */
export function openChildLog(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  let sizeBytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  /** @type {string[]} */
  let tail = [];

  /** @param {string} line */
  function write(line) {
    tail = [...tail.slice(1 - TAIL_LINES), line];
    const text = `${line}\n`;
    try {
      if (sizeBytes > MAX_LOG_BYTES) {
        rmSync(`${file}.1`, { force: true });
        renameSync(file, `${file}.1`);
        sizeBytes = 0;
      }
      // Writing is synchronous, so that the last lines of a dying process are on disk before anybody looks for them.
      appendFileSync(file, text);
      sizeBytes += Buffer.byteLength(text);
    } catch {
      // The disk is full, for example. Lines are missing then, but what keeps the processes running must go on.
    }
  }

  return {
    /**
     * @param {import('node:child_process').ChildProcess} child with its output piped
     * @param {(note: string) => void} [onNote] is called with what a person should see
     * @param {(line: string, isErrorStream: boolean) => string | null} [toNote] says what that is
     */
    attach(child, onNote = () => {}, toNote = noteFor) {
      tail = [];
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        createInterface({ input: stream }).on('line', (line) => {
          write(line);
          const note = toNote(line, stream === child.stderr);
          if (note) onNote(note);
        });
      }
    },
    /** Returns the last lines of the process that was attached last. */
    tail: () => tail.join('\n'),
  };
}
