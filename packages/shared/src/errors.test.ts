import { describe, expect, it } from 'vitest';
import { APP_ERRORS, AppError, isAppErrorCode } from './errors.ts';
import { toSafeNumber } from './units.ts';

describe('the error table', () => {
  it.each(Object.entries(APP_ERRORS))(
    '%s says what happened and what to do, in whole sentences',
    (_code, entry) => {
      expect(entry.text).toMatch(/^\S.*\.$/);
      expect(entry.remedy).toMatch(/^\S.*\.$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
    },
  );

  it('recognises its own codes, but no inherited property names', () => {
    expect(isAppErrorCode('QUOTA_EXCEEDED')).toBe(true);
    expect(isAppErrorCode('toString')).toBe(false);
    expect(isAppErrorCode(507)).toBe(false);
  });
});

describe('AppError', () => {
  it("adds the detail to the code's text and keeps the cause", () => {
    const cause = new Error('disk');
    const error = new AppError('DISK_LOW', { detail: '1.2 GB of 2 GB free.', cause });
    expect(error.message).toBe("The server's disk is almost full. 1.2 GB of 2 GB free.");
    expect(error.cause).toBe(cause);
  });
});

describe('toSafeNumber', () => {
  it('refuses values that a number cannot represent exactly', () => {
    expect(toSafeNumber(5_368_709_120n)).toBe(5_368_709_120);
    expect(() => toSafeNumber(2n ** 53n)).toThrow(RangeError);
  });
});
