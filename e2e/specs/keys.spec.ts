import { request, type Page } from '@playwright/test';
import { PASSWORD, type Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

async function openSmallWindow({ page }: Person): Promise<Page> {
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: 'More ways to clip' }).click();
  await page.getByRole('menuitem', { name: 'Small window on top' }).click();
  return opened;
}

test('a program saves a clip with a key until that is revoked, and the small window wherever one is', async ({
  app,
  newcomer,
}) => {
  const kai = await newcomer('kai');
  await kai.joinChannel();
  await kai.shareScreen();
  await kai.enableBuffer();
  await kai.waitForBuffered(5);

  const { page } = await kai.openSecondTab();
  await page.goto('/me');
  await page.getByRole('combobox', { name: 'Default clip length' }).fill('3');
  await page.keyboard.press('Enter');
  const section = page.getByRole('region', { name: 'Keys for other programs' });
  await section.getByRole('button', { name: 'Create key' }).click();
  const form = page.getByRole('dialog', { name: 'New key' });
  await form.getByLabel('Name').fill('Stream Deck');
  await form.getByLabel('Your password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Create key' }).click();
  const shown = page.getByRole('dialog', { name: 'The key for Stream Deck' });
  const key = await shown.getByRole('textbox', { name: 'Key' }).inputValue();
  await expect(shown.getByRole('button', { name: 'Copy' })).toBeVisible();
  await shown.getByRole('button', { name: 'Done' }).click();
  const row = section.getByRole('listitem').filter({ hasText: 'Stream Deck' });
  await expect(row).toContainText('Press · never used · works until');

  // The program has no browser, and so no cookies.
  const program = await request.newContext({
    baseURL: app.url,
    extraHTTPHeaders: { authorization: `Bearer ${key}` },
  });
  const press = () => program.post('/livekit-replay/press');
  const answer = await press();
  expect(answer.status(), await answer.text()).toBe(201);
  const { url, durationSeconds } = (await answer.json()) as { url: string; durationSeconds: number };
  expect(durationSeconds).toBeCloseTo(3, 0);
  await page.goto(url);
  await expect(page.getByRole('link', { name: 'Download' })).toBeVisible();

  await page.goto('/me');
  await expect(row).toContainText('Press · used just now');
  await row.getByRole('button', { name: 'Revoke Stream Deck' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toBeHidden();
  expect((await press()).status()).toBe(401);
  await program.dispose();

  await test.step('the small window on top stays on every page, and its presses count from its own clock', async () => {
    const small = await openSmallWindow(kai);
    await expect(small.getByText('You are being recorded')).toBeVisible();
    await kai.openLibrary();
    const before = Date.now();
    await small.getByRole('button', { name: 'Save last 2 min' }).click();
    const after = Date.now();
    await kai.expectSaved();
    const [clip] = await kai.clips();
    const pressedAt = Date.parse(clip?.pressedAt ?? '');
    expect(pressedAt).toBeGreaterThan(before - 1000);
    expect(pressedAt).toBeLessThan(after + 1000);
    await small.keyboard.press('Alt+C');
    await expect(kai.toast).toHaveCount(2);
    await small.close();
  });

  await test.step('where the browser keeps no window on top, an ordinary small one does the same', async () => {
    await kai.page.getByRole('link', { name: 'Lounge' }).first().click();
    await kai.page.evaluate(() => Reflect.deleteProperty(window, 'documentPictureInPicture'));
    const small = await openSmallWindow(kai);
    await expect(small.getByRole('meter', { name: 'Replay buffer' })).toBeVisible();
    await small.close();
  });

  await test.step('a call that the browser ends by itself says why, and offers what was kept', async () => {
    await expect(kai.page).toHaveTitle('● Lounge · Hindsight');
    // The library leaves the room when its page is frozen.
    await kai.page.evaluate(() => window.dispatchEvent(new Event('freeze')));
    await expect(kai.page.getByRole('alert')).toContainText('This page was put to sleep');
    await expect(kai.replay.getByText(/are kept for/)).toBeVisible();
    await expect(kai.page).toHaveTitle('⚠ Not recorded · Lounge · Hindsight');
    await kai.replay
      .getByRole('button', { name: /^Save last/ })
      .first()
      .click();
    await expect(kai.toast.last().getByText('Saved')).toBeVisible();
  });
});

test('the REST API can be tried on a page of its own', async ({ newcomer }) => {
  const yara = await newcomer('yara');
  const errors: string[] = [];
  yara.page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await yara.page.goto('/livekit-replay/docs');
  await expect(yara.page.getByRole('heading', { name: 'Hindsight replay buffer' })).toBeVisible();
  const operation = yara.page.locator('#operations-press-buffer');
  await operation.getByRole('button').first().click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  // Whoever is signed in needs no key here. Nothing was shared, so there is no buffer.
  await expect(operation.locator('.live-responses-table')).toContainText('200');
  await expect(operation.locator('.live-responses-table')).toContainText('null');
  expect(errors).toEqual([]);
});
