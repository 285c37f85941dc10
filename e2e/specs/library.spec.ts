import type { Page } from '@playwright/test';
import { Person } from '../app/person.ts';
import { RARE_TITLE, seedLibrary } from '../app/seed-library.ts';
import { readSmoothness, restartSmoothness, watchSmoothness } from '../app/smoothness.ts';
import { expect, test } from '../app/test.ts';

const CLIPS = 10_000;
/** However large the library is, the document has only the cards that are in view and a few around them. */
const MAX_CARDS = 60;

const cards = (page: Page) => page.getByRole('article');
const count = (page: Page, text: string) => expect(page.getByText(text, { exact: true })).toBeVisible();

/** Scrolls to the end of the library with the mouse wheel and then with the scroll bar. Returns the highest number of cards. */
async function scrollToEnd(page: Page): Promise<number> {
  let mostCards = 0;
  await page.mouse.move(800, 500);
  for (let turn = 0; turn < 15; turn += 1) {
    await page.mouse.wheel(0, 900);
    await page.evaluate(() => new Promise(requestAnimationFrame));
    mostCards = Math.max(mostCards, await cards(page).count());
  }
  await page.evaluate(() => document.querySelector('main')?.scrollTo(0, 10_000_000));
  await expect(page.getByRole('article', { name: `Clip ${CLIPS - 1}` })).toBeVisible();
  return Math.max(mostCards, await cards(page).count());
}

// The app is started twice, and thousands of rows are written.
test.describe.configure({ timeout: 600_000 });

test('a library of 10,000 clips can be searched, and clips can be deleted and restored', async ({
  startOwnApp,
  browser,
  folder,
}) => {
  const first = await startOwnApp();
  // The person's tab has no clock, which would draw all the time while the library is measured.
  const newcomer = await Person.arrive(browser, first.url, 'gil', []);
  await newcomer.register();
  await newcomer.leave();
  await first.stop();
  await seedLibrary(`${folder}/data`, 'gil', CLIPS);

  const app = await startOwnApp();
  const again = await Person.arrive(browser, app.url, 'gil', []);
  const { page } = again;
  await again.signIn();
  await watchSmoothness(page);

  await test.step('it opens without layout shifts', async () => {
    await page.goto('/clips');
    await count(page, '10,000 clips');
    await expect(page.getByRole('article', { name: 'Clip 0', exact: true })).toBeVisible();
    await page.waitForLoadState('networkidle');
    const seen = await readSmoothness(page);
    console.log('opened', seen);
    expect(seen.layoutShift).toBeLessThan(0.02);
  });

  await test.step('it is scrolled to its end with few cards in the document', async () => {
    await restartSmoothness(page);
    const mostCards = await scrollToEnd(page);
    console.log('scrolled', { mostCards, ...(await readSmoothness(page)) });
    expect(mostCards).toBeLessThanOrEqual(MAX_CARDS);
  });

  await test.step('going back from a clip returns to the same scroll position', async () => {
    const last = page.getByRole('article', { name: `Clip ${CLIPS - 1}` });
    const before = await last.boundingBox();
    await last.getByRole('link').click();
    await expect(page.getByRole('link', { name: 'Download' })).toBeVisible();
    await page.getByRole('link', { name: 'My clips' }).last().click();
    await expect(last).toBeVisible();
    const after = await last.boundingBox();
    expect(Math.abs((after?.y ?? 0) - (before?.y ?? -1000))).toBeLessThanOrEqual(1);
  });

  await test.step('search and filters are in the address, and Back undoes them', async () => {
    await page.getByRole('searchbox', { name: 'Search clips' }).fill(RARE_TITLE);
    await count(page, '100 clips');
    expect(new URL(page.url()).searchParams.get('q')).toBe(RARE_TITLE);
    await page.getByRole('combobox', { name: 'Sort clips' }).click();
    await page.getByRole('option', { name: 'Oldest' }).click();
    await expect(cards(page).first()).toHaveAccessibleName(`${RARE_TITLE} ${CLIPS - 50}`);
    await page.goBack();
    await expect(cards(page).first()).toHaveAccessibleName(`${RARE_TITLE} 50`);
    await page.goBack();
    await count(page, '10,000 clips');

    await page.getByRole('combobox', { name: 'Community or channel' }).click();
    await page.getByRole('option', { name: 'Lounge' }).click();
    await count(page, '5,000 clips');
    await page.reload();
    await count(page, '5,000 clips');
    await page.goto('/clips?from=2020-01-01&to=2020-01-02');
    await expect(page.getByText('No clips there')).toBeVisible();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await count(page, '10,000 clips');
  });

  await test.step('three clips are selected, deleted, and restored', async () => {
    await page.getByRole('article', { name: 'Clip 1', exact: true }).hover();
    await page.getByRole('checkbox', { name: 'Select Clip 1', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Select Clip 3', exact: true }).click({ modifiers: ['Shift'] });
    await count(page, '3 selected · 3 MB');
    const bar = page.getByRole('region', { name: 'Selected clips' });
    await bar.getByRole('button', { name: 'Delete' }).click();
    await count(page, '9,997 clips');
    await expect(page.getByRole('article', { name: 'Clip 2', exact: true })).toHaveCount(0);
    await expect(page.getByText('3 clips deleted')).toBeVisible();
    await page.keyboard.press('Control+z');
    await count(page, '10,000 clips');
    await expect(page.getByRole('article', { name: 'Clip 2', exact: true })).toBeVisible();
  });

  await test.step('moving the mouse over a clip shows its pictures', async () => {
    const card = page.getByRole('article', { name: 'Clip 4', exact: true });
    const link = card.getByRole('link');
    await link.hover({ position: { x: 20, y: 40 } });
    const tile = card.locator('[style*="sprite.jpg"]');
    await expect(tile).toBeVisible();
    const early = await tile.evaluate((element) => (element as HTMLElement).style.backgroundPosition);
    await link.hover({ position: { x: 200, y: 40 } });
    await expect
      .poll(() => tile.evaluate((element) => (element as HTMLElement).style.backgroundPosition))
      .not.toBe(early);
  });
  await again.leave();
});
