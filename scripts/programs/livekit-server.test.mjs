import { describe, expect, it } from 'vitest';
import { livekitConfig } from './livekit-server.mjs';
import { isAtLeast, parseVersion } from './version.mjs';

describe('versions', () => {
  it.each([
    ['livekit-server version 1.13.5', [1, 13, 5]],
    ['go version go1.26 linux/amd64', [1, 26, 0]],
    ['no number here', null],
  ])('are read from %s', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it.each([
    [[1, 13, 5], [1, 13], true],
    [[1, 12, 9], [1, 13], false],
    [[2, 0, 0], [1, 13], true],
    [null, [1, 13], false],
  ])('%o is at least %o: %s', (version, minimum, expected) => {
    expect(isAtLeast(version, minimum)).toBe(expected);
  });
});

describe('the configuration of LiveKit', () => {
  const options = { port: 7880, tcpPort: 7881, udpPort: 7882, apiKey: 'key', apiSecret: 'secret' };

  it('keeps to loopback unless it announces another address', () => {
    expect(livekitConfig(options).rtc).toMatchObject({
      node_ip: '127.0.0.1',
      ips: { includes: ['127.0.0.0/8'] },
    });
    expect(livekitConfig({ ...options, address: '10.0.0.7' }).rtc).toMatchObject({ node_ip: '10.0.0.7' });
    expect(livekitConfig({ ...options, address: '10.0.0.7' }).rtc).not.toHaveProperty('ips');
  });

  it('signs webhooks with the key that the server knows', () => {
    const { keys, webhook } = livekitConfig({ ...options, webhookUrls: ['http://127.0.0.1:3000/hook'] });
    expect(keys).toEqual({ key: 'secret' });
    expect(webhook).toEqual({ api_key: 'key', urls: ['http://127.0.0.1:3000/hook'] });
  });
});
