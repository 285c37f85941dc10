import { playSound, type Sound } from '@hindsight/web/play-sound';

/** The sounds are those of the page, a little louder. */
const VOLUME = 0.08;

chrome.runtime.onMessage.addListener((message: { type?: string; name?: Sound }) => {
  if (message.type === 'sound' && message.name !== undefined) playSound(message.name, VOLUME);
});
