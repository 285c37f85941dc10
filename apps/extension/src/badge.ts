import { pairedServer } from './paired-server.ts';
import { bufferState } from './server-api.ts';
import { badgeText } from './texts.ts';

const RED = '#e03131';
const GREY = '#495057';

/** Shows on the extension's icon how much is kept, in red while it is being recorded. */
export async function refreshBadge(): Promise<void> {
  const server = await pairedServer();
  if (server === null) return showBadge('', GREY, 'Hindsight: not paired yet');
  const state = await bufferState(server);
  if (!state.isDone) return showBadge('!', GREY, `Hindsight: ${state.title}`);
  const buffer = state.answer;
  if (buffer === null) return showBadge('', GREY, 'Hindsight: nothing is being recorded');
  const kept = badgeText(buffer.secondsKept);
  return buffer.isRecording
    ? showBadge(kept, RED, `Hindsight: you are being recorded, ${kept} are kept`)
    : showBadge(kept, GREY, `Hindsight: ${kept} of your last share are kept`);
}

async function showBadge(text: string, color: string, title: string): Promise<void> {
  await chrome.action.setBadgeText({ text });
  await chrome.action.setBadgeBackgroundColor({ color });
  await chrome.action.setTitle({ title });
}
