import { describe, expect, it } from 'vitest';
import { attachmentDisposition, isRangeCurrent, matchesEtag, parseByteRange } from './byte-range.ts';

describe('byte ranges', () => {
  it.each([
    ['bytes=0-499', { start: 0, end: 499 }],
    ['bytes=500-999', { start: 500, end: 999 }],
    ['bytes=500-', { start: 500, end: 999 }],
    ['bytes=-200', { start: 800, end: 999 }],
    ['bytes=-5000', { start: 0, end: 999 }],
    ['bytes=900-5000', { start: 900, end: 999 }],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=999-', { start: 999, end: 999 }],
    [' bytes = 1 - 2 ', { start: 1, end: 2 }],
  ])('%s of 1000 bytes is %o', (header, range) => {
    expect(parseByteRange(header, 1000)).toEqual(range);
  });

  it.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])(
    '%s of 1000 bytes can not be satisfied',
    (header) => {
      expect(parseByteRange(header, 1000)).toBe('unsatisfiable');
    },
  );

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,5-6',
    'items=0-1',
    'bytes=a-b',
    'bytes=0x1-2',
  ])('%s is no range', (header) => {
    expect(parseByteRange(header, 1000)).toBeNull();
  });

  it('is never satisfied by an empty file', () => {
    expect(parseByteRange('bytes=0-', 0)).toBe('unsatisfiable');
    expect(parseByteRange('bytes=-1', 0)).toBe('unsatisfiable');
  });
});

describe('entity tags', () => {
  it.each([
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['*', true],
    ['"x"', false],
    [undefined, false],
  ])('If-None-Match %s matches "abc": %s', (header, isMatch) => {
    expect(matchesEtag(header, '"abc"')).toBe(isMatch);
  });

  it.each([
    [undefined, true],
    ['"abc"', true],
    ['W/"abc"', false],
    ['"old"', false],
    ['Sat, 21 Nov 2026 10:00:00 GMT', true],
    ['Sat, 21 Nov 2026 09:00:00 GMT', false],
    ['nonsense', false],
  ])('with If-Range %s a range applies: %s', (header, isCurrent) => {
    const modifiedAt = new Date(Date.UTC(2026, 10, 21, 10, 0, 0, 250));
    expect(isRangeCurrent(header, { etag: '"abc"', modifiedAt })).toBe(isCurrent);
  });
});

describe('download names', () => {
  it.each([
    [
      'Lounge, 5 min.mp4',
      `attachment; filename="Lounge, 5 min.mp4"; filename*=UTF-8''Lounge%2C%205%20min.mp4`,
    ],
    ['Ünï "x".mp4', `attachment; filename="_n_ _x_.mp4"; filename*=UTF-8''%C3%9Cn%C3%AF%20%22x%22.mp4`],
    ["it's (1)*.mp4", `attachment; filename="it's (1)*.mp4"; filename*=UTF-8''it%27s%20%281%29%2A.mp4`],
    ['../../etc/passwd', `attachment; filename=".._.._etc_passwd"; filename*=UTF-8''.._.._etc_passwd`],
    ['a\r\nSet-Cookie: x', `attachment; filename="a__Set-Cookie: x"; filename*=UTF-8''a__Set-Cookie%3A%20x`],
  ])('%j', (name, header) => {
    expect(attachmentDisposition(name)).toBe(header);
  });
});
