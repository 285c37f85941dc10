import { describe, expect, it } from 'vitest';
import { findChromium, findFfmpeg, findFirefox } from './system-packages.mjs';

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
