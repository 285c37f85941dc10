import { notePairing } from './pairing.ts';
import { forgetServer, pairedServer, serverOrigin } from './paired-server.ts';

function element<E extends HTMLElement>(id: string, type: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`popup.html has no ${id}`);
  return found;
}

const address = element('address', HTMLInputElement);
const problem = element('problem', HTMLElement);

/** Makes a sentence of the icon's title. */
function sentence(title: string): string {
  const words = title.replace(/^Hindsight: /, '');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

async function show(): Promise<void> {
  const server = await pairedServer();
  element('pairing', HTMLFormElement).hidden = server !== null;
  element('paired', HTMLElement).hidden = server === null;
  element('state', HTMLElement).textContent =
    server === null
      ? 'Pair it with your server once, and its shortcuts save clips whatever program is in front.'
      : `${sentence(await chrome.action.getTitle({}))} ${new URL(server.origin).host} is paired.`;
}

/** Asks the browser for this one server. The popup may be closed by that, so the worker goes on with it. */
async function pair(): Promise<void> {
  const origin = serverOrigin(address.value);
  problem.textContent =
    origin === null ? 'This is no address of a server. It begins with https://, except on this machine.' : '';
  if (origin === null) return;
  const noted = notePairing(origin);
  const isAllowed = await chrome.permissions.request({ origins: [`${origin}/*`] });
  await noted;
  if (isAllowed) await chrome.runtime.sendMessage({ type: 'pair' });
  else problem.textContent = 'Without that permission it can send nothing to the server.';
}

element('pairing', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  void pair();
});
element('save', HTMLButtonElement).addEventListener(
  'click',
  () => void chrome.runtime.sendMessage({ type: 'act', command: 'save' }).then(() => window.close()),
);
element('shortcuts', HTMLButtonElement).addEventListener(
  'click',
  () => void chrome.tabs.create({ url: 'chrome://extensions/shortcuts' }),
);
element('unpair', HTMLButtonElement).addEventListener(
  'click',
  () =>
    void forgetServer()
      .then(() => chrome.runtime.sendMessage({ type: 'badge' }))
      .then(show)
      .then(() => {
        problem.textContent = 'The key works until you revoke it: on your server, in Me.';
      }),
);
void show();
