import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppRig } from './app.ts';
import type { Person } from './person.ts';

const TONE_SCRIPT = join(import.meta.dirname, 'tone-microphone.js');

/** Gives a person a microphone that hears a tone, and lets them join with it switched on. */
export async function joinWithTone(person: Person, hz: number): Promise<void> {
  await person.page.addInitScript((frequency) => Object.assign(globalThis, { microphoneHz: frequency }), hz);
  await person.page.addInitScript({ path: TONE_SCRIPT });
  await person.page.reload();
  await person.joinChannel();
  await microphone(person, 'Unmute');
}

/** Mutes or unmutes a person's microphone. */
export async function microphone({ page }: Person, action: 'Mute' | 'Unmute'): Promise<void> {
  await page
    .getByRole('toolbar', { name: 'Voice controls' })
    .getByRole('button', { name: new RegExp(`^${action}`) })
    .click();
}

/** Returns the files, relative to the folder of all replay buffers, in which voices are kept by now. */
export async function keptVoiceFiles({ dataDir }: Pick<AppRig, 'dataDir'>): Promise<string[]> {
  const names = await readdir(join(dataDir, 'files/replay-buffer'), { recursive: true });
  return names.filter((name) => name.endsWith('.voice'));
}
