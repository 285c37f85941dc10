import { describe, expect, it } from 'vitest';
import { isOwnHost } from './own-host.ts';

const names = { publicUrl: null, listenHost: '127.0.0.1', machineName: 'mybox' };
const published = { ...names, publicUrl: 'https://Replay.example:8443' };

describe('a Host header', () => {
  it.each([
    ...['localhost:3000', 'LOCALHOST', 'localhost.:3000', 'app.localhost', '127.0.0.1:3000', '192.168.1.5'],
    ...['[::1]:3000', '[fd00::5]', 'mybox:3000', 'mybox.local:3000', 'server:3000', '', undefined],
  ])('%j names this machine', (host) => {
    expect(isOwnHost(host, names)).toBe(true);
    expect(isOwnHost(host, published)).toBe(true);
  });

  it.each([
    ...[
      'evil.example',
      'evil.example:3000',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.local',
    ],
    ...[
      'evil.example@localhost',
      'localhost:3000@evil.example',
      '[::1].evil.example',
      'notlocalhost.example',
    ],
    ...[
      'evil.example/localhost',
      'replay.example.evil.example',
      '[evil.example]:3000',
      'evil.example:80:localhost',
    ],
  ])('%j does not', (host) => {
    expect(isOwnHost(host, names)).toBe(false);
    expect(isOwnHost(host, published)).toBe(false);
  });

  it('names it by PUBLIC_URL, with any port, by the name that it listens on, and by the machine’s own', () => {
    for (const host of ['replay.example', 'REPLAY.example:443']) {
      expect(isOwnHost(host, published)).toBe(true);
      expect(isOwnHost(host, names)).toBe(false);
    }
    expect(isOwnHost('box.home.arpa:3000', { ...names, listenHost: 'box.home.arpa' })).toBe(true);
    expect(isOwnHost('box.home.arpa:3000', { ...names, machineName: 'Box.home.arpa' })).toBe(true);
  });
});
