import type { Sound } from '@hindsight/web/play-sound';
import type { PairedServer } from './paired-server.ts';
import type { Refused } from './refusal.ts';
import type { SavedClip } from './server-api.ts';
import { clipLength } from './texts.ts';

const ICON = 'icon-128.png';
const POSTER_TRIES = 8;
const POSTER_AFTER_MS = 1000;

/** Tells that a clip was saved, by a sound and a notification that leads to it, and puts its picture in once there is one. */
export async function tellSaved({ origin }: PairedServer, clip: SavedClip): Promise<void> {
  playSound('captured');
  const options: chrome.notifications.NotificationCreateOptions = {
    type: 'basic',
    iconUrl: ICON,
    title: `Saved, ${clipLength(clip.durationSeconds)}`,
    message: 'Click to watch it.',
    buttons: [{ title: 'Watch' }],
    silent: true,
  };
  // The id is the address, because the extension may have been put to sleep before the click.
  await chrome.notifications.create(clip.url, options);
  const poster = await posterOf(`${origin}/api/clips/${clip.clipId}/poster.jpg`);
  if (poster !== null) await chrome.notifications.update(clip.url, { ...options, iconUrl: poster });
}

/** Tells why nothing was saved. */
export async function tellRefused({ title, text }: Refused): Promise<void> {
  playSound('refused');
  await chrome.notifications.create('refused', {
    type: 'basic',
    iconUrl: ICON,
    title,
    message: text,
    silent: true,
  });
}

/** Opens the clip of a notification. */
export function openClip(notificationId: string): void {
  if (!URL.canParse(notificationId)) return;
  void chrome.tabs.create({ url: notificationId });
  void chrome.notifications.clear(notificationId);
}

/** Plays a sound, for which a worker needs a page. */
export function playSound(name: Sound): void {
  // Where there is no sound, the notification says the same.
  void passToSoundPage(name).catch(() => undefined);
}

async function passToSoundPage(name: Sound): Promise<void> {
  if (!(await chrome.offscreen.hasDocument()))
    await chrome.offscreen.createDocument({
      url: 'sound.html',
      reasons: ['AUDIO_PLAYBACK'],
      justification: 'A short sound tells that a clip was saved, while another program is in front.',
    });
  await chrome.runtime.sendMessage({ type: 'sound', name });
}

/** Fetches the poster as whoever is signed in in this browser, once it is made. */
async function posterOf(url: string): Promise<string | null> {
  for (let tries = 0; tries < POSTER_TRIES; tries++) {
    await new Promise((resolve) => setTimeout(resolve, POSTER_AFTER_MS));
    const response = await fetch(url, { credentials: 'include' }).catch(() => null);
    if (response?.ok === true) return dataUrlOf(await response.blob());
  }
  return null;
}

async function dataUrlOf(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return `data:${blob.type};base64,${btoa(text)}`;
}
