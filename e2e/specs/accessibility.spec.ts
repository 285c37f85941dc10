import { AxeBuilder } from '@axe-core/playwright';
import type { Person } from '../rig/person.ts';
import { expect, test } from '../rig/test.ts';

/** Rules of WCAG 2.2 AA that the open page breaks, with the elements that break them. */
async function findings({ page }: Person): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

test('everybody can read and use every page, light and dark', async ({ app, visitor }) => {
  const eve = await visitor(app, 'eve');
  for (const path of ['/sign-in', '/sign-up']) {
    await eve.page.goto(path);
    await expect(eve.page.getByLabel('User name')).toBeVisible();
    expect.soft(await findings(eve), path).toEqual([]);
  }

  await eve.register();
  for (const appearance of ['Light', 'Dark']) {
    await eve.page.goto('/me');
    await eve.page.getByText(appearance, { exact: true }).click();
    expect.soft(await findings(eve), `me, ${appearance}`).toEqual([]);

    await eve.page.goto('/clips');
    await expect(eve.page.getByRole('heading', { name: 'My clips' })).toBeVisible();
    expect.soft(await findings(eve), `clips, ${appearance}`).toEqual([]);

    await eve.page.goto('/');
    await eve.joinChannel();
    await eve.shareScreen();
    await expect.soft(eve.bufferSwitch).toBeEnabled();
    if (!(await eve.bufferSwitch.isChecked())) await eve.enableBuffer();
    await eve.expectBeingRecorded();
    expect.soft(await findings(eve), `channel, ${appearance}`).toEqual([]);

    await eve.page.getByRole('button', { name: 'Leave', exact: true }).first().click();
    await expect(eve.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
    expect.soft(await findings(eve), `lobby, ${appearance}`).toEqual([]);
  }
});
