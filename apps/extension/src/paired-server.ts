/** The server that the extension presses at, with its key. */
export interface PairedServer {
  origin: string;
  key: string;
}

const STORED = 'server';

/** Returns the paired server; null before the first pairing. */
export async function pairedServer(): Promise<PairedServer | null> {
  const stored = await chrome.storage.local.get<{ server?: PairedServer }>(STORED);
  return stored.server ?? null;
}

export async function rememberServer(server: PairedServer): Promise<void> {
  await chrome.storage.local.set({ [STORED]: server });
}

export async function forgetServer(): Promise<void> {
  await chrome.storage.local.remove(STORED);
}

/** Reads a typed address as the origin of a server, https unless it says otherwise; null when it is none. */
export function serverOrigin(text: string): string | null {
  const trimmed = text.trim();
  const address = /^[a-z][a-z+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  if (trimmed === '' || !URL.canParse(address)) return null;
  const { protocol, origin } = new URL(address);
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}
