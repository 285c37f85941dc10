/** @typedef {'apt' | 'brew'} PackageManager */

/**
 * Returns how packages can be installed here without asking anybody: with apt as root on Debian and similar systems, with
 * Homebrew on macOS.
 * @param {{ platform: string, isRoot: boolean, osRelease: string, hasBrew: boolean }} machine
 * @returns {PackageManager | null}
 */
export function packageManagerOf({ platform, isRoot, osRelease, hasBrew }) {
  if (platform === 'darwin') return hasBrew ? 'brew' : null;
  const isDebian = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease);
  return platform === 'linux' && isDebian && isRoot ? 'apt' : null;
}
