import { rememberServer } from './paired-server.ts';

/** A pairing that was begun: its page shows this state, so that no other page can give the extension a key. */
interface BegunPairing {
  origin: string;
  state: string;
  tabId?: number;
}

const STORED = 'pairing';

/** Notes that the person wants to pair with a server. */
export async function notePairing(origin: string): Promise<void> {
  const pairing: BegunPairing = { origin, state: crypto.randomUUID() };
  await chrome.storage.session.set({ [STORED]: pairing });
}

async function begunPairing(): Promise<BegunPairing | null> {
  const stored = await chrome.storage.session.get<{ pairing?: BegunPairing }>(STORED);
  return stored.pairing ?? null;
}

/**
 * Opens the server's page for pairing, once the browser lets the extension talk to the server. The browser and the popup may both ask
 * for it at the same moment, so one waits for the other.
 */
export function openPairingPage(): Promise<void> {
  return navigator.locks.request('pairing', openPage);
}

async function openPage(): Promise<void> {
  const pairing = await begunPairing();
  if (pairing === null || pairing.tabId !== undefined) return;
  if (!(await chrome.permissions.contains({ origins: [`${pairing.origin}/*`] }))) return;
  const { id } = await chrome.tabs.create({ url: `${pairing.origin}/me?pair=${pairing.state}` });
  await chrome.storage.session.set({ [STORED]: { ...pairing, tabId: id } });
}

/** Lets the page of a pairing speak with the extension, whenever it has loaded. */
export async function joinPairingPage(tabId: number): Promise<void> {
  const pairing = await begunPairing();
  if (pairing?.tabId !== tabId) return;
  await chrome.scripting.executeScript({
    target: { tabId },
    func: listenOnPage,
    args: [pairing.state, pairing.origin],
  });
}

/** Keeps the key that the page of the pairing has made. */
export async function endPairing(given: { state: string; key: string }): Promise<void> {
  const pairing = await begunPairing();
  if (pairing === null || pairing.state !== given.state) return;
  await rememberServer({ origin: pairing.origin, key: given.key });
  await chrome.storage.session.remove(STORED);
}

/** Runs in the page, beside its own scripts, and passes on what the page says of this pairing alone. */
function listenOnPage(state: string, origin: string): void {
  if (location.origin !== origin) return;
  const offer = () => window.postMessage({ type: 'hindsight-pairing-offer', state }, origin);
  window.addEventListener(
    'message',
    (event: MessageEvent<{ type?: string; state?: string; key?: string }>) => {
      if (event.source !== window || event.data.state !== state) return;
      if (event.data.type === 'hindsight-pairing-ready') offer();
      if (event.data.type === 'hindsight-pairing-key')
        void chrome.runtime.sendMessage({ type: 'paired', state, key: event.data.key });
    },
  );
  offer();
}
