import { expect } from '@playwright/test';
import type { Person } from './person.ts';

/** Creates a community with the "+" button, and ends on its page. */
export async function createCommunity({ page }: Person, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a community' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill(name);
  await page.getByRole('button', { name: 'Create community' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
}

/** Creates an invite to the community whose page is open. @returns the link of the invite */
export async function inviteLink({ page }: Person, goodFor = 'No limit'): Promise<string> {
  await page.getByRole('button', { name: 'Invite people' }).click();
  const dialog = page.getByRole('dialog', { name: /^Invite people to / });
  await dialog.getByLabel('Good for').selectOption(goodFor);
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const link = await dialog.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).click();
  return link;
}

/** Follows an invite link without an account, creates an account, and ends in the community. */
export async function registerByInvite(person: Person, link: string, community: string): Promise<void> {
  await person.page.goto(link);
  await expect(person.page.getByRole('heading', { name: community })).toBeVisible();
  await person.page.getByRole('link', { name: 'Create an account to join' }).click();
  await person.fillSignUp();
  await expect(person.page.getByRole('heading', { name: community, level: 1 })).toBeVisible();
}
