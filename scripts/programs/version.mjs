/**
 * Returns the numbers of the first version in a program's version text: `go version go1.26.0 linux/amd64` is [1, 26, 0].
 * @param {string} text
 * @returns {number[] | null}
 */
export function parseVersion(text) {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : null;
}

/**
 * @param {number[] | null} version
 * @param {number[]} minimum
 */
export function isAtLeast(version, minimum) {
  if (!version) return false;
  for (const [index, part] of minimum.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
