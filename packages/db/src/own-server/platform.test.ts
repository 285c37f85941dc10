import { describe, expect, it } from 'vitest';
import { currentPlatform, requireKnownPlatform } from './platform.ts';

describe('the platforms of a server of our own', () => {
  it.each([
    ['linux', true],
    ['darwin', false],
  ])('include %s', (system, hasGlibc) => {
    expect(() => requireKnownPlatform({ system, hasGlibc })).not.toThrow();
  });

  it('exclude Linux with another C library, where a server has to be named', () => {
    expect(() => requireKnownPlatform({ system: 'linux', hasGlibc: false })).toThrow(
      /need glibc.*musl.*Set DATABASE_URL=postgresql:/,
    );
  });

  it('exclude Windows outside WSL', () => {
    expect(() => requireKnownPlatform({ system: 'win32', hasGlibc: false })).toThrow(/run Hindsight in WSL/);
  });

  it('include the one that runs this', () => {
    expect(() => requireKnownPlatform(currentPlatform())).not.toThrow();
  });
});
