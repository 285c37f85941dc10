import { isIP } from 'node:net';

/** This server may be asked by these names, besides addresses and names that only this machine or its network has. */
export interface OwnNames {
  publicUrl: string | null;
  /** The server listens on this address or name. */
  listenHost: string;
  /** The operating system calls the machine so. */
  machineName: string;
}

/** Tells whether a request names several hosts. Node.js goes by the first, and tells of no other. */
export function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1;
}

/** Tells whether a Host header names this server. What proxies say in X-Forwarded-Host doesn't count: a page could too. */
export function isOwnHost(
  header: string | undefined,
  { publicUrl, listenHost, machineName }: OwnNames,
): boolean {
  // Browsers always send it.
  if (header === undefined || header === '') return true;
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d+)?$/.exec(header.toLowerCase()) ?? [];
  const host = name.replace(/\.$/, '');
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  // No public name is without a dot, and browsers keep what ends with localhost to this machine.
  if (/^[\w-]+$/.test(host) || host.endsWith('.localhost')) return true;
  const own = [listenHost, machineName, `${machineName}.local`];
  if (publicUrl !== null) own.push(new URL(publicUrl).hostname);
  return own.some((ownName) => ownName.toLowerCase() === host);
}
