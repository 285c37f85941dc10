import { describe, expect, it } from 'vitest';
import { cachePath } from './go-program.mjs';

describe('a built program', () => {
  it.each([
    ['linux', {}, '/home/ada/.cache'],
    ['linux', { XDG_CACHE_HOME: '/c' }, '/c'],
    ['darwin', {}, '/home/ada/Library/Caches'],
  ])('is kept outside the clone on %s with %o', (platform, env, caches) => {
    const surroundings = { platform: /** @type {NodeJS.Platform} */ (platform), env, home: '/home/ada' };
    expect(cachePath('livekit-server', '1.13.5', surroundings)).toBe(
      `${caches}/hindsight/livekit-server-v1.13.5/livekit-server`,
    );
  });

  it('is kept by its version', () => {
    const surroundings = { platform: /** @type {const} */ ('linux'), env: {}, home: '/home/ada' };
    expect(cachePath('versitygw', '1.8.0', surroundings)).toBe(
      '/home/ada/.cache/hindsight/versitygw-v1.8.0/versitygw',
    );
  });
});
