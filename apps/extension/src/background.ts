import { refreshBadge } from './badge.ts';
import { openClip, playSound, tellRefused, tellSaved } from './notices.ts';
import { endPairing, joinPairingPage, openPairingPage } from './pairing.ts';
import { pairedServer } from './paired-server.ts';
import { mark, press } from './server-api.ts';

// The browser wakes this worker for each of these events, and puts it to sleep afterwards.

const SHORT_SECONDS = 30;
const BADGE_ALARM = 'badge';
/** The browser wakes no extension more often. */
const BADGE_EVERY_MINUTES = 0.5;

/** Does what a shortcut or the popup asks for. */
async function act(command: string): Promise<void> {
  const server = await pairedServer();
  if (server === null) {
    await tellRefused({
      isDone: false,
      title: 'Hindsight is not paired yet',
      text: 'Open the extension’s menu and pair it with your server.',
    });
    return;
  }
  if (command === 'mark') {
    const marked = await mark(server);
    if (marked.isDone) playSound('marked');
    else await tellRefused(marked);
    return;
  }
  const saved = await press(server, command === 'save-short' ? { seconds: SHORT_SECONDS } : {});
  await (saved.isDone ? tellSaved(server, saved.answer) : tellRefused(saved));
  await refreshBadge();
}

chrome.commands.onCommand.addListener((command) => void act(command));
chrome.notifications.onClicked.addListener(openClip);
chrome.notifications.onButtonClicked.addListener(openClip);
chrome.permissions.onAdded.addListener(() => void openPairingPage());
chrome.tabs.onUpdated.addListener((tabId, { status }) => {
  if (status === 'complete') void joinPairingPage(tabId);
});
chrome.alarms.onAlarm.addListener(() => void refreshBadge());
chrome.runtime.onInstalled.addListener(() => {
  void chrome.alarms.create(BADGE_ALARM, { periodInMinutes: BADGE_EVERY_MINUTES });
  void refreshBadge();
});
chrome.runtime.onStartup.addListener(() => void refreshBadge());
chrome.runtime.onMessage.addListener(
  (message: { type?: string; command?: string; state?: string; key?: string }) => {
    if (message.type === 'act' && message.command !== undefined) void act(message.command);
    if (message.type === 'pair') void openPairingPage();
    if (message.type === 'badge') void refreshBadge();
    if (message.type === 'paired' && message.state !== undefined && message.key !== undefined)
      void endPairing({ state: message.state, key: message.key }).then(refreshBadge);
  },
);
