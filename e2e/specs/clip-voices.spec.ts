import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { soundTitles } from '@hindsight/rig/media/sound-of';
import { toneLevelsDb } from '@hindsight/rig/media/tone-levels';
import { joinWithTone, keptVoiceFiles } from '../app/join-with-tone.ts';
import type { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

/**
 * Who has which tone, in Hz: no multiples of each other, nor of the 1 kHz at which the shared tab beeps. The edges of a beep are heard
 * at all frequencies, the less the farther off. Nobody's tone is nearer to the beep than those of ivo and jule, who may be missing.
 */
const TONES = { hedda: 430, nobody: 2290, ivo: 3370, jule: 5650 };
/** What is in a clip is at least this loud, and what isn't is at least so much quieter, or hardly louder than nobody's tone. */
const AUDIBLE_DB = -40;
const SILENCE_DB = -60;
const HARDLY_DB = 6;

type ToneLevels = Record<keyof typeof TONES, number>;

/** Returns how loud a tone is at most that isn't in a clip with this loudest tone. */
const silence = (loudest: number, { nobody }: ToneLevels) =>
  Math.max(loudest + SILENCE_DB, nobody + HARDLY_DB);

/** Downloads a file of somebody's own clip and returns how loud each tone is in it, in dB. */
async function tonesAt(person: Person, url: string, file: string): Promise<ToneLevels> {
  const answer = await person.page.request.get(url);
  await writeFile(file, await answer.body());
  const levels = await toneLevelsDb(file, Object.values(TONES));
  return Object.fromEntries(Object.keys(TONES).map((who, i) => [who, levels[i]])) as ToneLevels;
}

/** Saves the last minute, downloads the clip and returns how loud each tone is in it, in dB. */
async function tonesOfClip(person: Person, file: string): Promise<ToneLevels> {
  const newest = async () => (await person.clips())[0];
  const before = await newest();
  await person.pressSave(1);
  await expect
    .poll(async () => {
      const clip = await newest();
      return clip?.id !== before?.id && clip?.downloadUrl;
    })
    .toBeTruthy();
  return tonesAt(person, (await newest())?.downloadUrl ?? '', file);
}

const noteOf = ({ page }: Person) => page.getByRole('region', { name: 'My voice in replays' });
const mark = ({ page }: Person, whose: string) =>
  page
    .getByRole('list', { name: 'People here' })
    .getByRole('img', { name: `${whose}’s voice is kept in a replay buffer` });

test('a clip has the voices of those who agreed, until they leave', async ({ app, newcomer, folder }) => {
  const hedda = await newcomer('hedda');
  const ivo = await newcomer('ivo');
  const jule = await newcomer('jule');
  await joinWithTone(hedda, TONES.hedda);
  await joinWithTone(ivo, TONES.ivo);
  await joinWithTone(jule, TONES.jule);
  // The shared tab would record what it plays of the others.
  await hedda.page
    .getByRole('toolbar', { name: 'Voice controls' })
    .getByRole('button', { name: /^Deafen/ })
    .click();
  await hedda.shareScreen();
  await hedda.enableBuffer();
  await hedda.expectBeingRecorded();

  await test.step('nobody’s voice is kept without their yes', async () => {
    await expect(noteOf(ivo)).toContainText(
      'hedda keeps a replay. May your voice be in the replays of this community?',
    );
    await noteOf(ivo).getByRole('button', { name: 'Yes' }).click();
    await noteOf(jule).getByRole('button', { name: 'No' }).click();
    await expect(noteOf(ivo)).toContainText('Your voice is in hedda’s replay buffer.');
    await expect(noteOf(jule)).toContainText('Your voice is left out of hedda’s replay buffer.');
    // Everybody sees whose voice is kept.
    await expect(mark(jule, 'ivo')).toBeVisible();
    await expect(mark(jule, 'hedda')).toBeVisible();
    await expect(mark(jule, 'jule')).toBeHidden();
    await hedda.replay.getByRole('button', { name: 'Sound: share · my microphone · 1 voice' }).click();
    const people = hedda.page.getByRole('list', { name: 'Voices' }).getByRole('listitem');
    await expect(people).toHaveText([/ivo.*(?<!not )kept$/, /jule.*not kept$/]);
    await hedda.page.keyboard.press('Escape');
  });

  const kept = () => keptVoiceFiles(app);
  const idOf = async (person: Person) =>
    (await person.query<{ user: { id: string } }>('auth.status', undefined)).user.id;
  const ids = { hedda: await idOf(hedda), ivo: await idOf(ivo), jule: await idOf(jule) };
  const sharersBuffer = (name: string) => name.split(path.sep)[1] === ids.hedda;
  const speakers = async () =>
    new Set((await kept()).filter(sharersBuffer).map((name) => name.split(path.sep).at(-2)));

  await hedda.waitForBuffered(10);
  await expect.poll(speakers).toEqual(new Set([ids.hedda, ids.ivo]));

  await test.step('a clip has the sharer’s voice and the agreed one, and nothing of the third', async () => {
    const tones = await tonesOfClip(hedda, path.join(folder, 'agreed.mp4'));
    expect(Math.min(tones.hedda, tones.ivo)).toBeGreaterThan(AUDIBLE_DB);
    expect(tones.jule).toBeLessThan(silence(Math.min(tones.hedda, tones.ivo), tones));
  });

  await test.step('after "Leave out", nothing of the voice is in the buffer any more', async () => {
    await noteOf(ivo).getByRole('button', { name: 'Leave out' }).click();
    await expect(noteOf(ivo)).toContainText('left out');
    expect(await speakers()).toEqual(new Set([ids.hedda]));
    await expect(mark(jule, 'ivo')).toBeHidden();
    const tones = await tonesOfClip(hedda, path.join(folder, 'left-out.mp4'));
    expect(tones.hedda).toBeGreaterThan(AUDIBLE_DB);
    expect(tones.ivo).toBeLessThan(silence(tones.hedda, tones));
  });

  await test.step('a voice is taken out of a saved clip by whose it is, and the clip has its sounds apart', async () => {
    const saved = async () => (await hedda.clips()).at(-1);
    await expect.poll(async () => (await saved())?.tracksUrl).toBeTruthy();
    await ivo.page.getByRole('link', { name: 'Me', exact: true }).first().click();
    const mine = ivo.page.getByRole('region', { name: 'Clips with my voice' });
    await expect(mine.getByRole('listitem')).toHaveText(/hedda’s/);
    await mine.getByRole('button', { name: /^Take my voice out of/ }).click();
    await ivo.page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
    await expect(mine).toContainText('No saved clip has your voice.');
    await expect.poll(async () => (await saved())?.isMixing, { timeout: 60_000 }).toBe(false);
    const clip = await saved();
    expect(clip).toMatchObject({ voices: ['hedda'], takenOutVoices: ['ivo'] });
    const tones = await tonesAt(hedda, clip?.downloadUrl ?? '', path.join(folder, 'taken-out.mp4'));
    expect(tones.hedda).toBeGreaterThan(AUDIBLE_DB);
    expect(tones.ivo).toBeLessThan(silence(tones.hedda, tones));
    const apart = path.join(folder, 'apart.mp4');
    await tonesAt(hedda, clip?.tracksUrl ?? '', apart);
    expect(await soundTitles(apart)).toEqual(['Mix', 'Share', 'hedda']);
    // Nobody but the owner gets them.
    expect((await ivo.page.request.get(clip?.tracksUrl ?? '')).status()).toBe(404);
  });
});
