// This module decides which addresses the parts of one machine use for each other, and which address people are given.
import { lookup } from 'node:dns/promises';

/**
 * @typedef {object} Reach Describes how the server can be reached.
 * @property {string} host as set by HOST
 * @property {number} port
 * @property {string | undefined} publicUrl
 * @property {boolean} hasTls
 */

/** @param {string} host */
export function isLoopback(host) {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** @param {string} host */
function isWildcard(host) {
  return host === '0.0.0.0' || host === '::';
}

/** @param {string} host */
function bracketIpv6(host) {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Returns the IP address that LiveKit announces for media, at which browsers find this machine.
 * @param {string} host
 * @param {NodeJS.Dict<import('node:os').NetworkInterfaceInfo[]>} interfaces
 * @throws {Error} when a host name does not resolve
 */
export async function announcedAddress(host, interfaces) {
  if (isLoopback(host)) return '127.0.0.1';
  if (!isWildcard(host)) return (await lookup(host)).address;
  const outward = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === 'IPv4' && !address.internal);
  return outward?.address ?? '127.0.0.1';
}

/**
 * Returns the server's origin as seen from this machine.
 * @param {Reach} reach
 */
export function localOrigin({ host, port, hasTls }) {
  const own = host === '0.0.0.0' || isLoopback(host) ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `${hasTls ? 'https' : 'http'}://${bracketIpv6(own)}:${port}`;
}

/**
 * Returns the address that people open.
 * @param {Reach} reach
 * @param {string} address the announced address
 */
export function publicOrigin(reach, address) {
  if (reach.publicUrl) return reach.publicUrl;
  const host = isLoopback(reach.host) ? 'localhost' : isWildcard(reach.host) ? address : reach.host;
  return `${reach.hasTls ? 'https' : 'http'}://${bracketIpv6(host)}:${reach.port}`;
}

/**
 * Returns the address to which LiveKit posts its webhooks. With TLS it must use the name that the certificate is for.
 * @param {Reach} reach
 */
export function webhookUrl(reach) {
  const origin = reach.hasTls && reach.publicUrl ? reach.publicUrl : localOrigin(reach);
  return `${origin}/api/livekit/webhook`;
}

/**
 * Returns what to change before others can share from this server, or null when nothing is missing.
 * @param {string} origin
 */
export function secureOriginAdvice(origin) {
  const url = new URL(origin);
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return null;
  return `Browsers share screens only on secure pages, and ${origin} is not one: people there can watch, but not share.
Give it a certificate (TLS_CERT and TLS_KEY), or put a reverse proxy with one in front (PUBLIC_URL=https://…).
LiveKit's connection goes through the same address, so one certificate is enough.`;
}
