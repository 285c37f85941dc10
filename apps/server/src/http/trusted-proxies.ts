import { BlockList, isIP } from 'node:net';
import type { TrustedProxies } from '../config.ts';

const NEAR_NETWORKS = [
  ['127.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['::1', 128, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const;

const nearNetworks = new BlockList();
for (const [address, prefix, family] of NEAR_NETWORKS) nearNetworks.addSubnet(address, prefix, family);

/** Tells whether an address is of this machine or of a private network. */
function isNear(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && nearNetworks.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Returns what Fastify takes as `trustProxy`. Each proxy has added the address that it saw to the end of X-Forwarded-For, so
 * with a number of proxies as many entries count from the end, and what a client wrote before them doesn't. Fastify's own
 * number believes nobody, because anybody can reach an open port; here the nearest proxy must be near.
 */
export function trustOf(
  proxies: TrustedProxies | null,
): false | string[] | ((address: string, hop: number) => boolean) {
  if (proxies === null) return false;
  if (proxies.kind === 'addresses') return proxies.addresses;
  return (address, hop) => hop < proxies.count && (hop > 0 || isNear(address));
}
