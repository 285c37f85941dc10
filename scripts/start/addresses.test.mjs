import { describe, expect, it } from 'vitest';
import { announcedAddress, localOrigin, publicOrigin, secureOriginAdvice, webhookUrl } from './addresses.mjs';

const plain = { host: '127.0.0.1', port: 3000, publicUrl: undefined, hasTls: false };
/** @type {NodeJS.Dict<import('node:os').NetworkInterfaceInfo[]>} */
const interfaces = {
  lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true, netmask: '', mac: '', cidr: null }],
  eth0: [
    { address: 'fe80::1', family: 'IPv6', internal: false, netmask: '', mac: '', cidr: null, scopeid: 2 },
    { address: '192.168.1.5', family: 'IPv4', internal: false, netmask: '', mac: '', cidr: null },
  ],
};

describe('the address that LiveKit announces', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['localhost', '127.0.0.1'],
    ['::1', '127.0.0.1'],
    ['10.1.2.3', '10.1.2.3'],
    ['0.0.0.0', '192.168.1.5'],
    ['::', '192.168.1.5'],
  ])('for HOST=%s is %s', async (host, address) => {
    expect(await announcedAddress(host, interfaces)).toBe(address);
  });
});

describe('origins', () => {
  it.each([
    [plain, 'http://127.0.0.1:3000', 'http://localhost:3000'],
    [{ ...plain, host: '0.0.0.0' }, 'http://127.0.0.1:3000', 'http://192.168.1.5:3000'],
    [{ ...plain, host: '::' }, 'http://[::1]:3000', 'http://192.168.1.5:3000'],
    [{ ...plain, host: '192.168.1.5', hasTls: true }, 'https://192.168.1.5:3000', 'https://192.168.1.5:3000'],
    [{ ...plain, publicUrl: 'https://replay.example' }, 'http://127.0.0.1:3000', 'https://replay.example'],
  ])('of %o are %s on this machine and %s for people', (reach, local, people) => {
    expect(localOrigin(reach)).toBe(local);
    expect(publicOrigin(reach, '192.168.1.5')).toBe(people);
  });

  it('sends webhooks around a proxy, but to the name of our own certificate', () => {
    const publicUrl = 'https://replay.example';
    expect(webhookUrl({ ...plain, publicUrl })).toBe('http://127.0.0.1:3000/api/livekit/webhook');
    expect(webhookUrl({ ...plain, publicUrl, hasTls: true })).toBe(
      'https://replay.example/api/livekit/webhook',
    );
  });

  it('gives advice when browsers would not share a screen from that origin', () => {
    expect(secureOriginAdvice('http://192.168.1.5:3000')).toContain('TLS_CERT');
    expect(secureOriginAdvice('http://localhost:3000')).toBeNull();
    expect(secureOriginAdvice('https://replay.example')).toBeNull();
  });
});
