import { join } from 'node:path';
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
