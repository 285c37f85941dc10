// @vitest-environment happy-dom
import { Notifications } from '@mantine/notifications';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeAll, expect, test } from 'vitest';
import type { ClipDto, ClipListInput } from '@hindsight/shared/clips/clip';
import { GiB, MiB, MINUTE } from '@hindsight/shared/units';
import { refusal, type FakeAnswers } from '../../../testing/fake-api.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { ClipLibrary } from './clip-library.tsx';
import { clip, savingClip } from '../../../domain/clip/clip.fixtures.ts';

const quota = { quotaBytes: 5 * GiB, usedBytes: GiB, reservedBytes: 0, availableBytes: 4 * GiB };
const page = (items: ClipDto[], total = items.length) => ({
  items,
  nextCursor: null,
  total,
  hasMore: false,
});

// This environment lays nothing out: a window of 1000 x 800 stands for the browser's.
beforeAll(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { get: () => 800 });
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { get: () => 1000 });
  HTMLElement.prototype.getBoundingClientRect = () => new DOMRect(0, 0, 1000, 800);
});

function show(answers: FakeAnswers, at = '/clips') {
  const shared: ClipDto[] = [];
  renderApp(
    <>
      <Notifications />
      <main style={{ overflowY: 'auto' }}>
        <ClipLibrary
          emptyPicture={<p>How it works</p>}
          emptyAction={<a href="/">Join a voice channel</a>}
          onShare={(one) => shared.push(one)}
          onExport={(one) => shared.push(one)}
        />
      </main>
    </>,
    { 'quota.mine': () => quota, 'community.list': () => [], ...answers },
    { at },
  );
  return shared;
}

/** Makes the answers of a library of so many clips, page by page, and keeps what was asked. */
function libraryOf(count: number) {
  const asked: ClipListInput[] = [];
  const removed: unknown[] = [];
  const joined: unknown[] = [];
  const all = Array.from({ length: count }, (_, index) =>
    clip({
      ...{ id: `clip-${index}`, title: `Clip ${index}`, sizeBytes: MiB },
      from: new Date(Date.UTC(2026, 10, 21, 10) - index * MINUTE).toISOString(),
    }),
  );
  const answers: FakeAnswers = {
    'clip.list'(input) {
      const list = input as ClipListInput;
      asked.push(list);
      return page(all.slice(list.offset, list.offset + list.limit), all.length);
    },
    'clip.join'(input) {
      joined.push(input);
      return savingClip({ id: 'joined' });
    },
    'clip.removeMany'(input) {
      removed.push(input);
      const { clipIds } = input as { clipIds: string[] };
      all.splice(0, all.length, ...all.filter(({ id }) => !clipIds.includes(id)));
      return {
        freedBytes: clipIds.length * MiB,
        remainingQuotaBytes: GiB,
        undoUntil: '2026-11-21T10:00:10.000Z',
      };
    },
  };
  return { asked, removed, joined, answers };
}

test('holds the place of clips that are on their way', () => {
  show({});
  expect(screen.getByLabelText('Loading clips')).toBeDefined();
});

test('shows a clip with its length, channel and size, and the room that is left', async () => {
  show({ 'clip.list': () => page([clip({ title: 'The save', durationMs: 134_000 })]) });
  const card = within(await screen.findByRole('article', { name: 'The save' }));
  expect(card.getByText('2:14')).toBeDefined();
  expect(card.getByText(/General/).textContent).toMatch(/48 MB/);
  expect(card.getByRole('textbox', { name: 'Title' })).toHaveProperty('value', 'The save');
  expect(await screen.findByText('1 GB of 5 GB used')).toBeDefined();
});

test('without clips leads to where they come from', async () => {
  show({ 'clip.list': () => page([]) });
  expect(await screen.findByText('No clips yet')).toBeDefined();
  expect(screen.getByText('How it works')).toBeDefined();
  expect(screen.getByRole('link', { name: 'Join a voice channel' })).toBeDefined();
});

test('says what went wrong and tries again', async () => {
  let calls = 0;
  show({
    'clip.list'() {
      calls += 1;
      if (calls === 1) throw refusal('INTERNAL');
      return page([clip()]);
    },
  });
  fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('article')).toBeDefined();
});

test('a clip that is being saved shows how far it is', async () => {
  show({ 'clip.list': () => page([savingClip({ progress: 0.62 })]) });
  expect(await screen.findByText('Saving 62 %')).toBeDefined();
});

test('a clip that failed says why, and is retried or deleted', async () => {
  const retried: unknown[] = [];
  const failed = clip({
    status: 'FAILED',
    errorCode: 'CONCATENATION_FAILED',
    canRetry: true,
    posterUrl: null,
  });
  show({
    'clip.list': () => page([failed]),
    'clip.retry'(input) {
      retried.push(input);
      return failed;
    },
  });
  expect(await screen.findByText(/could not be written/)).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Retry' }));
  await waitFor(() => expect(retried).toEqual([{ clipId: failed.id }]));
  expect(screen.getByRole('button', { name: 'Delete' })).toBeDefined();
});

test('what can’t be brought back is deleted only after a second yes', async () => {
  const removed: unknown[] = [];
  show({
    'clip.list': () => page(removed.length > 0 ? [] : [clip({ title: 'Old one', status: 'FAILED' })]),
    'clip.removeMany'(input) {
      removed.push(input);
      return { freedBytes: 0, remainingQuotaBytes: 4 * GiB, undoUntil: null };
    },
  });
  fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete this clip?' }));
  expect(removed).toEqual([]);
  fireEvent.click(dialog.getByRole('button', { name: 'Delete clip' }));
  await waitFor(() => expect(removed).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole('article')).toBeNull());
});

test('of 10,000 clips only those around what is in view are asked for and drawn', async () => {
  const { asked, answers } = libraryOf(10_000);
  show(answers);
  await screen.findByRole('article', { name: 'Clip 0' });
  expect(screen.getByText('10,000 clips')).toBeDefined();
  expect(screen.getAllByRole('article').length).toBeLessThan(30);
  expect(new Set(asked.map(({ offset }) => offset))).toEqual(new Set([0]));
});

test('the address says what is shown', async () => {
  const { asked, answers } = libraryOf(1);
  const channelId = '0199a000-0000-7000-8000-000000000001';
  show(answers, `/clips?q=triple&channel=${channelId}&sort=longest`);
  await screen.findByRole('article');
  expect(asked[0]).toMatchObject({ search: 'triple', channelId, sort: 'longest' });
  expect(screen.getByRole('searchbox', { name: 'Search clips' })).toHaveProperty('value', 'triple');
});

test('nothing found leads back to everything', async () => {
  show(
    {
      'clip.list': (input) =>
        page((input as ClipListInput).search === undefined ? [clip({ title: 'Here' })] : []),
    },
    '/clips?q=nowhere',
  );
  expect(await screen.findByText('No clip is called “nowhere”')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Clear the filters' }));
  expect(await screen.findByRole('article', { name: 'Here' })).toBeDefined();
});

test('several are chosen by box and by Shift, deleted at once, and brought back by Ctrl+Z', async () => {
  const { removed, answers } = libraryOf(6);
  const restored: unknown[] = [];
  show({
    ...answers,
    'clip.restore'(input) {
      restored.push(input);
      return { clips: [], remainingQuotaBytes: GiB };
    },
  });
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Select Clip 1' }));
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select Clip 3' }), { shiftKey: true });
  expect(await screen.findByText('3 selected · 3 MB')).toBeDefined();
  const bar = within(screen.getByRole('region', { name: 'Selected clips' }));
  fireEvent.click(bar.getByRole('button', { name: 'Delete' }));
  const ids = ['clip-1', 'clip-2', 'clip-3'];
  await waitFor(() => expect(removed).toEqual([{ clipIds: ids }]));
  expect(await screen.findByText('3 clips deleted')).toBeDefined();
  await waitFor(() => expect(screen.getAllByRole('article')).toHaveLength(3));

  fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
  await waitFor(() => expect(restored).toEqual([{ clipIds: ids }]));
});

test('everything that matches is chosen by Ctrl+A, seen or not, and let go by Escape', async () => {
  const { answers } = libraryOf(150);
  show(answers);
  await screen.findByRole('article', { name: 'Clip 0' });
  fireEvent.keyDown(document.documentElement, { key: 'a', code: 'KeyA', ctrlKey: true });
  expect(await screen.findByText('150 selected · 150 MB')).toBeDefined();
  fireEvent.keyDown(document.documentElement, { key: 'Escape', code: 'Escape' });
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Selected clips' })).toBeNull());
});

test('selected clips are joined in the order of their time, or another that is chosen', async () => {
  const { answers, joined } = libraryOf(6);
  show(answers);
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Select Clip 1' }));
  const bar = await screen.findByRole('region', { name: 'Selected clips' });
  fireEvent.click(within(bar).getByRole('button', { name: 'Join' }));
  expect(screen.queryByRole('dialog')).toBeNull();

  fireEvent.click(screen.getByRole('checkbox', { name: 'Select Clip 3' }), { shiftKey: true });
  await screen.findByText('3 selected · 3 MB');
  fireEvent.click(within(bar).getByRole('button', { name: 'Join' }));
  const dialog = await screen.findByRole('dialog', { name: 'Join clips' });
  expect(
    within(dialog)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent.slice(0, 6)),
  ).toEqual(['Clip 3', 'Clip 2', 'Clip 1']);
  fireEvent.click(within(dialog).getByRole('button', { name: 'Move Clip 1 up' }));
  fireEvent.change(within(dialog).getByLabelText('Title'), { target: { value: ' The evening ' } });
  fireEvent.click(within(dialog).getByRole('button', { name: 'Join' }));
  await waitFor(() =>
    expect(joined).toEqual([{ clipIds: ['clip-3', 'clip-1', 'clip-2'], title: 'The evening' }]),
  );
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Selected clips' })).toBeNull());
});

test('a join that is refused says why, and keeps what was chosen', async () => {
  const { answers } = libraryOf(6);
  show({
    ...answers,
    'clip.join'() {
      throw refusal('QUOTA_EXCEEDED');
    },
  });
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Select Clip 1' }));
  fireEvent.click(screen.getByRole('checkbox', { name: 'Select Clip 2' }));
  const bar = await screen.findByRole('region', { name: 'Selected clips' });
  fireEvent.click(within(bar).getByRole('button', { name: 'Join' }));
  const dialog = await screen.findByRole('dialog', { name: 'Join clips' });
  fireEvent.click(within(dialog).getByRole('button', { name: 'Join' }));
  expect(await within(dialog).findByRole('alert')).toBeDefined();
  expect(within(dialog).getAllByRole('listitem')).toHaveLength(2);
});
