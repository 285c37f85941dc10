/**
 * The range has the bytes to answer with, both ends included. `null` means the whole file, `unsatisfiable` that no
 * requested byte exists.
 */
export type ByteRange = { start: number; end: number } | null | 'unsatisfiable';

const SINGLE_RANGE = /^bytes=(\d*)-(\d*)$/;

/**
 * Reads a Range header (RFC 9110, 14.2). Several ranges, other units and invalid values count as no range, which the RFC
 * allows.
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const match = header === undefined ? null : SINGLE_RANGE.exec(header.replaceAll(/\s/g, ''));
  if (match === null) return null;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return null;
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes);
    return length === 0 ? 'unsatisfiable' : { start: sizeBytes - length, end: sizeBytes - 1 };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= sizeBytes ? 'unsatisfiable' : { start, end };
}

/** Says whether an If-None-Match header names this entity tag (RFC 9110, 13.1.2, weak comparison). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag);
}

/**
 * Says whether a Range header applies (RFC 9110, 13.1.5): always, unless an If-Range names another version than the
 * current one.
 */
export function isRangeCurrent(
  ifRange: string | undefined,
  entity: { etag: string; modifiedAt: Date },
): boolean {
  if (ifRange === undefined) return true;
  if (ifRange.startsWith('"') || ifRange.startsWith('W/')) return ifRange === entity.etag;
  return Date.parse(ifRange) === Math.floor(entity.modifiedAt.getTime() / 1000) * 1000;
}

/** Returns the Content-Disposition of a download, with the name in plain ASCII and in full (RFC 5987). */
export function attachmentDisposition(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%/]/g, '_');
  const encoded = encodeURIComponent(name.replaceAll(/[\p{Cc}/\\]|\p{Cs}/gu, '_')).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
