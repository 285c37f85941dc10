import { describe, expect, it } from 'vitest';
import { findChromium, findFfmpeg, findFirefox, packageManagerOf } from './system-packages.mjs';

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

describe('a program named in the environment', () => {
  const log = () => {};

  it('is used when it exists, by path or by name', async () => {
    expect(await findFfmpeg({ env: { FFMPEG_PATH: '/bin/sh' }, log })).toBe('/bin/sh');
    expect(await findFirefox({ env: { FIREFOX_PATH: '/bin/sh' }, log })).toBe('/bin/sh');
    expect(await findFfmpeg({ env: { FFMPEG_PATH: 'sh', PATH: '/nowhere:/bin' }, log })).toBe('/bin/sh');
  });

  it('is reported as missing instead of being replaced', async () => {
    await expect(findFfmpeg({ env: { FFMPEG_PATH: '/nowhere/ffmpeg' }, log })).rejects.toThrow('FFMPEG_PATH');
    await expect(findChromium({ env: { CHROMIUM_PATH: '/nowhere/x' }, log })).rejects.toThrow(
      'CHROMIUM_PATH',
    );
    await expect(findFirefox({ env: { FIREFOX_PATH: '/nowhere/x' }, log })).rejects.toThrow('FIREFOX_PATH');
  });
});
