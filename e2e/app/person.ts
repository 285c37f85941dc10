import { join } from 'node:path';
import {
  expect,
  type Browser,
  type BrowserContext,
  type Download,
  type Locator,
  type Page,
} from '@playwright/test';
import { BURNT_CLOCK_SCRIPT } from '@hindsight/rig/browsers/page-scripts';
import type { ClipDto, ClipList } from '@hindsight/shared/clips/clip';

const VIEWPORT = { width: 1280, height: 720 };
/** Everybody has this password. */
export const PASSWORD = 'a long way round the lake';
/** The time from the press to "Saved" stays below this, even on a machine that does everything at once. */
const SAVED_DEADLINE_MS = 60_000;

/** The person shares a tab that shows and sounds the wall clock. */
const CLOCK_TAB: readonly string[] = [BURNT_CLOCK_SCRIPT, join(import.meta.dirname, 'shared-tab.js')];

export type Minutes = 1 | 2 | 5 | 10;

/** A person has their own browser. They find everything by the names that the page shows. */
export class Person {
  readonly name: string;
  readonly page: Page;

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  /** Opens the app. The person's tab shows the burnt-in clock, so that what it shares can be read from a clip. */
  static async arrive(browser: Browser, url: string, name: string, scripts = CLOCK_TAB): Promise<Person> {
    const context = await browser.newContext({ viewport: VIEWPORT, baseURL: url, acceptDownloads: true });
    return new Person(name, await openTab(context, scripts));
  }

  /** Opens the app in a browser profile of one's own, which may have extensions. */
  static async inContext(context: BrowserContext, name: string): Promise<Person> {
    return new Person(name, await openTab(context, CLOCK_TAB));
  }

  /** Opens a second tab for the same person, who is signed in there, too. */
  async openSecondTab(): Promise<Person> {
    return new Person(this.name, await openTab(this.page.context(), CLOCK_TAB));
  }

  /** Creates the account without using the sign-up page, and opens the app. */
  async register(): Promise<void> {
    const account = { username: this.name, password: PASSWORD };
    const answer = await this.page.request.post('/api/trpc/auth.register', { data: account });
    expect(answer.status(), await answer.text()).toBe(200);
    await this.page.goto('/');
    await expect(this.page.getByRole('heading', { name: 'Home' }).first()).toBeVisible();
  }

  /** Creates the account on the sign-up page. */
  async fillSignUp(): Promise<void> {
    await this.page.getByLabel('User name').fill(this.name);
    await this.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await this.page.getByRole('button', { name: /^Create .*account$/ }).click();
  }

  async signIn(): Promise<void> {
    await this.page.goto('/sign-in');
    await this.page.getByLabel('User name').fill(this.name);
    await this.page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await expect(this.page.getByRole('heading', { name: 'Home' }).first()).toBeVisible();
  }

  async joinChannel(channel = 'Lounge'): Promise<void> {
    if (this.page.url() === 'about:blank') await this.page.goto('/');
    await this.page.getByRole('navigation').getByRole('link', { name: channel }).click();
    // Until the page has changed, the button is another channel's.
    await expect(this.page.getByRole('heading', { name: channel, level: 1 })).toBeVisible();
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
    await expect(this.page.getByRole('toolbar', { name: 'Voice controls' })).toBeVisible();
  }

  async shareScreen(): Promise<void> {
    await this.page.getByRole('button', { name: 'Share screen' }).click();
    await expect(this.page.getByRole('figure', { name: 'Your share' })).toBeVisible();
  }

  /** @returns the time of the press, like `pressSave` */
  async stopSharing(): Promise<number> {
    await this.page.getByRole('toolbar').getByRole('button', { name: 'Stop sharing' }).click();
    return this.lastPressAt();
  }

  get replay(): Locator {
    return this.page.getByRole('region', { name: 'Replay' });
  }

  get bufferSwitch(): Locator {
    return this.replay.getByRole('switch', { name: 'Enable Replay Buffer' });
  }

  async enableBuffer(): Promise<void> {
    await this.bufferSwitch.click();
  }

  async expectBeingRecorded(): Promise<void> {
    await expect(this.replay.getByText('You are being recorded into your replay buffer')).toBeVisible();
  }

  /** Waits until the gauge shows that this many seconds are buffered. */
  async waitForBuffered(seconds: number): Promise<void> {
    const gauge = this.replay.getByRole('meter', { name: 'Replay buffer' });
    await expect
      .poll(async () => Number(await gauge.getAttribute('aria-valuenow')), { timeout: (seconds + 30) * 1000 })
      .toBeGreaterThanOrEqual(seconds);
  }

  saveButton(minutes: Minutes): Locator {
    return this.replay.getByRole('button', { name: new RegExp(`^Save last ${minutes} min\\b`) });
  }

  /** @returns the time when the browser received the press, by the wall clock that the burnt-in clock shows */
  async pressSave(minutes: Minutes): Promise<number> {
    await this.saveButton(minutes).click();
    return this.lastPressAt();
  }

  /** Returns when the browser last received a click or a key, by the same clock. */
  lastPressAt(): Promise<number> {
    return this.page.evaluate<number>('lastPressAt');
  }

  get toast(): Locator {
    return this.page
      .getByRole('region', { name: 'Clips being saved' })
      .getByRole('article', { name: 'Clip' });
  }

  /** Waits until the toast says that the clip is saved. */
  async expectSaved(): Promise<void> {
    await expect(this.toast.getByText('Saved')).toBeVisible({ timeout: SAVED_DEADLINE_MS });
  }

  async openLibrary(): Promise<void> {
    await this.page.getByRole('link', { name: 'My clips' }).first().click();
    await expect(this.page.getByRole('heading', { name: 'My clips' })).toBeVisible();
  }

  /** Waits until the clip is saved and opens it from its toast. */
  async watchSavedClip(): Promise<void> {
    await this.expectSaved();
    await this.toast.getByRole('link', { name: 'Watch' }).click();
    await expect(this.page.getByRole('link', { name: 'Download' })).toBeVisible();
  }

  /** Downloads the clip whose page is open. */
  async downloadClip(file: string): Promise<Download> {
    const downloading = this.page.waitForEvent('download');
    await this.page.getByRole('link', { name: 'Download' }).click();
    const download = await downloading;
    await download.saveAs(file);
    return download;
  }

  /** Asks the server in this person's name. */
  async query<T>(procedure: string, input: unknown): Promise<T> {
    const asked = encodeURIComponent(JSON.stringify(input));
    // The server may end a connection that has been idle in the moment in which it is used again.
    const answer = await this.page.request.get(`/api/trpc/${procedure}?input=${asked}`, { maxRetries: 1 });
    const body = (await answer.json()) as { result: { data: T } };
    return body.result.data;
  }

  /** Returns this person's clips, the newest first. */
  async clips(): Promise<ClipDto[]> {
    return (await this.query<ClipList>('clip.list', {})).items;
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

async function openTab(context: BrowserContext, scripts: readonly string[]): Promise<Page> {
  const page = await context.newPage();
  for (const script of scripts) {
    await page.addInitScript({ path: script });
  }
  return page;
}
