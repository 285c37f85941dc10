import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { voicePiece } from '../testing/voice-pieces.ts';
import {
  isVoiceName,
  latestEndMs,
  parseVoicePieceName,
  readVoicePiece,
  voicePieceHeader,
  voicePieceName,
} from './voice-piece.ts';

const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const FROM = 1_764_460_800_123 * 48;

/** Writes packets of 20 ms at these offsets, in samples. */
function piece(...offsets: number[]): Buffer {
  const packets = offsets.map((offset, i) => {
    return { atSample: FROM + offset, level: i === 0 ? 30 : null, payload: SILENCE };
  });
  return voicePiece(FROM, packets);
}

describe('readVoicePiece', () => {
  it('returns the packets as they were received, at their times', () => {
    expect(readVoicePiece(piece(0, 960, 48_000))).toEqual({
      fromSample: FROM,
      packets: [
        { atSample: FROM, samples: 960, level: 30, payload: SILENCE },
        { atSample: FROM + 960, samples: 960, level: null, payload: SILENCE },
        { atSample: FROM + 48_000, samples: 960, level: null, payload: SILENCE },
      ],
    });
  });

  it('ends with the last whole record of a file that a crash cut off', () => {
    const whole = piece(0, 960);
    for (let length = 0; length < whole.length; length++) {
      const read = readVoicePiece(whole.subarray(0, length));
      if (length < 16) expect(read).toBeNull();
      else expect(read?.packets).toHaveLength(length < 27 ? 0 : 1);
    }
  });

  it('never fails, and never returns packets that overlap', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { packets = [] } = readVoicePiece(Buffer.concat([voicePieceHeader(FROM), bytes])) ?? {};
        for (const [i, { atSample }] of packets.entries()) {
          const before = packets[i - 1];
          expect(atSample).toBeGreaterThanOrEqual(
            before === undefined ? FROM : before.atSample + before.samples,
          );
        }
      }),
    );
  });
});

describe('names of pieces', () => {
  it('tell the slot and the time of the first packet', () => {
    expect(parseVoicePieceName(voicePieceName(2, 1_764_460_800_123.9))).toEqual({
      slot: 2,
      fromMs: 1_764_460_800_123,
    });
  });

  it.each(['4-1764460800123.voice', '0-17644608001234.voice', '0-1764460800123.voice.tmp', '../0.voice', ''])(
    '%j is none',
    (name) => {
      expect(parseVoicePieceName(name)).toBeNull();
    },
  );

  it('tell when the piece ends at the latest: with the packet that begins last in its window', () => {
    expect(latestEndMs(1_764_460_800_000)).toBe(1_764_460_810_120);
    expect(latestEndMs(1_764_460_809_999)).toBe(1_764_460_810_120);
  });
});

describe('isVoiceName', () => {
  it.each([
    ['0192f7a0-3c1e-7b2a-9d55-0f6c1a2b3c4d', true],
    ['alice_1', true],
    ['', false],
    ['..', false],
    ['a/b', false],
    ['a'.repeat(65), false],
  ])('%j: %s', (identity, expected) => {
    expect(isVoiceName(identity)).toBe(expected);
  });
});
