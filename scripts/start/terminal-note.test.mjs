import { describe, expect, it } from 'vitest';
import { noteFor } from './terminal-note.mjs';

describe('the note for the terminal', () => {
  it.each([
    ['{"level":30,"msg":"listening"}', false, null],
    ['{"level":50,"msg":"writing failed","err":{"message":"ENOSPC"}}', false, 'writing failed: ENOSPC'],
    ['READY http://localhost:3000', false, null],
    ['Error: out of memory', true, 'Error: out of memory'],
    ['', true, null],
  ])('for the log line %s (error stream: %s) is %s', (line, isErrorStream, note) => {
    expect(noteFor(line, isErrorStream)).toBe(note);
  });
});
