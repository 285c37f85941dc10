import { createCommunity, inviteLink, registerByInvite } from '../app/communities.ts';
import type { Person } from '../app/person.ts';
import { expect, test } from '../app/test.ts';

const TITLE = 'The last corner';

/** Returns the HTTP status with which the API answers a person's query. */
async function statusOf({ page }: Person, procedure: string, input: unknown): Promise<number> {
  const query = encodeURIComponent(JSON.stringify(input));
  return (await page.request.get(`/api/trpc/${procedure}?input=${query}`)).status();
}

async function statusesOfFiles({ page }: Person, clipId: string): Promise<number[]> {
  const paths = ['video', 'poster.jpg', 'download'].map((file) => `/api/clips/${clipId}/${file}`);
  return Promise.all(paths.map(async (path) => (await page.request.get(path)).status()));
}

function clipIn({ page }: Person) {
  return page.getByRole('figure', { name: `Clip: ${TITLE}` });
}

/** Presses play on the clip in a message and waits until it plays. @returns the statuses of its video requests */
async function playInline(person: Person): Promise<number[]> {
  const statuses: number[] = [];
  person.page.on('response', (response) => {
    if (new URL(response.url()).pathname.endsWith('/video')) statuses.push(response.status());
  });
  const clip = clipIn(person);
  await clip.getByRole('button', { name: `Play ${TITLE}` }).click();
  await expect
    .poll(() => clip.locator('video').evaluate((video: HTMLVideoElement) => video.currentTime))
    .toBeGreaterThan(0.5);
  return statuses;
}

/** Finds text in a message, because the announcements for screen readers contain it, too. */
function said({ page }: Person, words: string) {
  return page.getByRole('article').getByText(words);
}

async function write({ page }: Person, text: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: /^Write to / });
  await composer.fill(text);
  await composer.press('Enter');
}

test('a clip is visible only to the people it is shared with, and disappears everywhere when deleted', async ({
  app,
  newcomer,
  visitor,
}) => {
  // Everybody who comes to a server joins its first community, so this test uses another one.
  const ada = await newcomer('ada-shares');
  const eve = await newcomer('eve-outside');
  await createCommunity(ada, 'Studio');
  const bo = await visitor(app, 'bo-reads');
  await registerByInvite(bo, await inviteLink(ada), 'Studio');
  const channels = bo.page.getByRole('navigation', { name: 'Channels of Studio' });
  const channelPath = await channels.getByRole('link', { name: /^general/ }).getAttribute('href');
  const [, , , channelId = ''] = (channelPath ?? '').split('/');
  await bo.openLibrary();

  await ada.joinChannel();
  await ada.shareScreen();
  await ada.enableBuffer();
  await ada.waitForBuffered(8);
  await ada.pressSave(1);
  await ada.expectSaved();
  await ada.toast.getByRole('textbox', { name: 'Title' }).fill(TITLE);
  await ada.page.keyboard.press('Enter');

  await test.step('it is shared by the keyboard alone', async () => {
    await ada.toast.getByRole('button', { name: 'Share' }).click();
    const dialog = ada.page.getByRole('dialog', { name: `Share “${TITLE}”` });
    await expect(dialog.getByRole('searchbox', { name: 'Search channels and people' })).toBeFocused();
    await ada.page.keyboard.type('general studio');
    await expect(dialog.getByRole('option')).toHaveCount(1);
    await ada.page.keyboard.press('Enter');
    await dialog.getByRole('textbox', { name: 'Message' }).fill('Watch the end');
    await dialog.getByRole('button', { name: 'Share' }).click();
    await expect(ada.page.getByText('Clip shared')).toBeVisible();
    await ada.page.getByRole('button', { name: 'Open' }).click();
    await expect(clipIn(ada)).toBeVisible();
  });

  await test.step('a person on another page sees a badge and the title, and plays the clip in the channel', async () => {
    await expect(bo.page.getByRole('link', { name: 'Studio, 1 unread' })).toBeVisible();
    await expect(bo.page).toHaveTitle('(1) My clips · Hindsight');
    await bo.page.getByRole('link', { name: 'Studio, 1 unread' }).click();
    await channels.getByRole('link', { name: /^general/ }).click();
    await expect(bo.page.getByRole('separator', { name: 'New messages' })).toBeVisible();
    await expect(said(bo, 'Watch the end')).toBeVisible();
    const statuses = await playInline(bo);
    expect(statuses.length).toBeGreaterThan(0);
    expect(statuses.every((status) => status === 206)).toBe(true);
    await expect(bo.page.getByRole('link', { name: 'Studio', exact: true })).toBeVisible();
    await expect(bo.page).toHaveTitle('general · Hindsight');
  });

  const clipPath = (await clipIn(bo).getByRole('link', { name: TITLE }).getAttribute('href')) ?? '';
  const clipId = clipPath.split('/').at(-1) ?? '';

  await test.step('messages appear, change and disappear without reloading', async () => {
    await write(ada, 'No, the very end');
    await expect(said(bo, 'No, the very end')).toBeVisible();
    await ada.page.getByRole('textbox', { name: /^Write to / }).press('ArrowUp');
    await ada.page.getByRole('textbox', { name: 'Edit message' }).fill('Just the very end');
    await ada.page.keyboard.press('Enter');
    await expect(said(bo, 'Just the very end (edited)')).toBeVisible();
    await expect(ada.page.getByRole('textbox', { name: /^Write to / })).toBeFocused();
    await said(ada, 'Just the very end').hover();
    await ada.page
      .getByRole('article')
      .filter({ hasText: 'Just the very end' })
      .getByRole('button', { name: /^Actions for the message/ })
      .click();
    await ada.page.getByRole('menuitem', { name: 'Delete' }).click();
    await ada.page.getByRole('button', { name: 'Delete message' }).click();
    await expect(said(bo, 'Just the very end')).toBeHidden();
  });

  await test.step('it can be shared in a conversation, too', async () => {
    await ada.page.getByRole('link', { name: 'Messages', exact: true }).first().click();
    await ada.page.getByRole('button', { name: 'New message' }).first().click();
    const dialog = ada.page.getByRole('dialog', { name: 'New message' });
    await dialog.getByRole('combobox', { name: 'To' }).or(dialog.getByLabel('To')).first().fill('bo-reads');
    await ada.page.getByRole('option', { name: 'bo-reads' }).click();
    await dialog.getByRole('button', { name: 'Write' }).click();
    await expect(ada.page.getByRole('heading', { name: 'bo-reads', level: 1 })).toBeVisible();
    await ada.page.getByRole('button', { name: 'Attach a clip' }).click();
    await ada.page.getByRole('option', { name: TITLE }).click();
    await write(ada, 'Only for you');

    await bo.page.getByRole('link', { name: 'Messages, 1 unread' }).click();
    await bo.page.getByRole('link', { name: /ada-shares/ }).click();
    await expect(said(bo, 'Only for you')).toBeVisible();
    await playInline(bo);
  });

  await test.step('nobody else can open it by any address', async () => {
    const conversationId = new URL(bo.page.url()).pathname.split('/').at(-1) ?? '';
    expect(await statusesOfFiles(bo, clipId)).toEqual([200, 200, 200]);
    expect(await statusesOfFiles(eve, clipId)).toEqual([404, 404, 404]);
    expect(await statusOf(bo, 'clip.getShared', { clipId })).toBe(200);
    for (const [procedure, input] of [
      ['clip.get', { clipId }],
      ['clip.getShared', { clipId }],
      ['message.list', { target: { channelId } }],
      ['message.list', { target: { conversationId } }],
      ['dm.get', { conversationId }],
    ] as const)
      expect.soft(await statusOf(eve, procedure, input), procedure).toBe(404);
    for (const path of [clipPath, channelPath ?? '', `/dm/${conversationId}`]) {
      await eve.page.goto(path);
      await expect.soft(eve.page.getByRole('heading', { name: 'Nothing here' }), path).toBeVisible();
    }
  });

  await test.step('its page shows it to those whom it was shared with', async () => {
    await clipIn(bo).getByRole('link', { name: TITLE }).click();
    await expect(bo.page.getByRole('heading', { name: TITLE, level: 1 })).toBeVisible();
    await expect(bo.page.getByRole('link', { name: 'Download' })).toBeVisible();
    await expect(bo.page.getByRole('button', { name: /Delete|Trim/ })).toHaveCount(0);
    await bo.page.goBack();
    await expect(clipIn(bo)).toBeVisible();
  });

  await test.step('after deletion its messages say so, and its files are gone', async () => {
    await ada.page.goto(clipPath);
    await ada.page.getByRole('button', { name: 'Delete' }).first().click();
    await expect(said(bo, 'This clip was deleted')).toBeVisible();
    await expect(said(bo, 'Only for you')).toBeVisible();
    expect(await statusesOfFiles(bo, clipId)).toEqual([404, 404, 404]);
    expect(await statusOf(bo, 'clip.getShared', { clipId })).toBe(404);
  });
});
