/** The server that the extension presses at, with its key. */
export interface PairedServer {
  origin: string;
  key: string;
}

const STORED = 'server';
const LOOPBACK = /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Returns the paired server; null before the first pairing. */
export async function pairedServer(): Promise<PairedServer | null> {
  const stored = await chrome.storage.local.get<{ server?: PairedServer }>(STORED);
  return stored.server ?? null;
}

export async function rememberServer(server: PairedServer): Promise<void> {
  await chrome.storage.local.set({ [STORED]: server });
}

/** Forgets the server and its key, and may no longer send anything to it. The key itself is revoked on the server's Me page. */
export async function forgetServer(): Promise<void> {
  const server = await pairedServer();
  await chrome.storage.local.remove(STORED);
  if (server !== null) await chrome.permissions.remove({ origins: [`${server.origin}/*`] });
}

/**
 * Reads a typed address as the origin of a server, https unless it says otherwise; null when it is none. Only this machine is taken
 * without encryption, because everybody on the way could read the key.
 */
export function serverOrigin(text: string): string | null {
  const trimmed = text.trim();
  const address = /^[a-z][a-z+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (trimmed === '' || !URL.canParse(address)) return null;
  const { protocol, origin, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname)) ? origin : null;
}
