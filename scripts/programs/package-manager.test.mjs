import { describe, expect, it } from 'vitest';
import { packageManagerOf } from './package-manager.mjs';

const debian = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
const mint = 'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n';
const fedora = 'NAME="Fedora Linux"\nID=fedora\n';

describe('the package manager', () => {
  it.each([
    ['apt', { platform: 'linux', isRoot: true, osRelease: debian, hasBrew: false }],
    ['apt', { platform: 'linux', isRoot: true, osRelease: mint, hasBrew: false }],
    [null, { platform: 'linux', isRoot: false, osRelease: debian, hasBrew: false }],
    [null, { platform: 'linux', isRoot: true, osRelease: fedora, hasBrew: false }],
    ['brew', { platform: 'darwin', isRoot: false, osRelease: '', hasBrew: true }],
    [null, { platform: 'darwin', isRoot: true, osRelease: '', hasBrew: false }],
  ])('%s is used on %o', (manager, machine) => {
    expect(packageManagerOf(machine)).toBe(manager);
  });
});
