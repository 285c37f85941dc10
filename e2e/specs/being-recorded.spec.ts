import type { Page } from '@playwright/test';
import { expect, test } from '../app/test.ts';

/** Returns what moved on the page for two seconds. While anything does, the browser draws the page sixty times a second. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const seen = document.getAnimations().map(({ effect }) => (effect as KeyframeEffect).target);
    const note = ({ target }: Event) => seen.push(target as Element);
    for (const type of ['transitionrun', 'animationstart']) addEventListener(type, note);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    for (const type of ['transitionrun', 'animationstart']) removeEventListener(type, note);
    return seen.map((element) => element?.className ?? '');
  });
}

test('everybody in the channel sees who is being recorded until the recording ends', async ({ newcomer }) => {
  const cleo = await newcomer('cleo');
  const dan = await newcomer('dan');
  await cleo.joinChannel();
  await dan.joinChannel();
  await cleo.shareScreen();
  const share = dan.page.getByRole('figure', { name: 'cleo’s share' });
  await expect(share).toBeVisible();
  const badge = share.getByRole('img', { name: 'cleo is being recorded' });
  await expect(badge).toBeHidden();

  await cleo.enableBuffer();
  await cleo.expectBeingRecorded();
  await expect(badge).toBeVisible();
  await expect(dan.page.getByRole('status').getByText('cleo is being recorded')).toBeVisible();
  // The recorder is a participant, too, but people do not see it.
  await expect(dan.page.getByRole('list', { name: 'People here' }).getByRole('listitem')).toHaveCount(2);

  // The page stays open for hours beside a game, so nothing on it moves without end.
  for (const { page } of [cleo, dan]) {
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect(await moving(page)).toEqual([]);
    await page.emulateMedia({ reducedMotion: 'reduce' });
  }

  await cleo.bufferSwitch.click();
  await expect(badge).toBeHidden();
});
