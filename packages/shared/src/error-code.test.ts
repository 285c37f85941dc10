import { expect, it } from 'vitest';
import { hasCode, isDiskFull } from './error-code.ts';

const coded = (code: unknown) => Object.assign(new Error('x'), { code });

it('recognises an error by its code', () => {
  expect(hasCode(coded('ENOENT'), 'ENOTDIR', 'ENOENT')).toBe(true);
  expect(hasCode(coded('EACCES'), 'ENOTDIR', 'ENOENT')).toBe(false);
  expect(hasCode(coded(1), '1')).toBe(false);
  for (const other of [new Error('ENOENT'), { code: 'ENOENT' }, 'ENOENT', null, undefined])
    expect(hasCode(other, 'ENOENT')).toBe(false);
});

it('recognises a full disk and a full disk quota', () => {
  expect(['ENOSPC', 'EDQUOT', 'EIO'].map((code) => isDiskFull(coded(code)))).toEqual([true, true, false]);
});
