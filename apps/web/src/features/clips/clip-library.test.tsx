// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ClipDto, ClipListInput } from '@hindsight/shared/clip';
import { GiB, MiB } from '@hindsight/shared/units';
import { refusal, type FakeAnswers } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { ClipLibrary } from './clip-library.tsx';
import { clip, savingClip } from './clip.fixtures.ts';

const quota = { quotaBytes: 5 * GiB, usedBytes: GiB, reservedBytes: 0, availableBytes: 4 * GiB };
const page = (items: ClipDto[], nextCursor: string | null = null, total = items.length) => ({
  items,
  nextCursor,
  total,
  hasMore: nextCursor !== null,
});

function show(answers: FakeAnswers) {
  renderApp(<ClipLibrary emptyAction={<a href="/">Join a voice channel</a>} />, {
    'quota.mine': () => quota,
    ...answers,
  });
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
  expect(await screen.findByText('1 GB of 5 GB used')).toBeDefined();
});

test('without clips leads to where they come from', async () => {
  show({ 'clip.list': () => page([]) });
  expect(await screen.findByText('No clips yet')).toBeDefined();
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

test('deletes only after a second yes', async () => {
  const removed: unknown[] = [];
  show({
    'clip.list': () => page([clip({ title: 'Old one', status: 'FAILED' })]),
    'clip.remove'(input) {
      removed.push(input);
      return { freedBytes: 48 * MiB, remainingQuotaBytes: 4 * GiB };
    },
  });
  fireEvent.click(await screen.findByRole('button', { name: 'Delete' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Delete this clip?' }));
  expect(removed).toEqual([]);
  fireEvent.click(dialog.getByRole('button', { name: 'Delete clip' }));
  await waitFor(() => expect(removed).toHaveLength(1));
  await waitFor(() => expect(screen.queryByRole('article')).toBeNull());
});

test('loads the next page where the last one ended', async () => {
  const cursors: (string | undefined)[] = [];
  show({
    'clip.list'(input) {
      const { cursor } = input as ClipListInput;
      cursors.push(cursor);
      return cursor === undefined
        ? page([clip({ id: 'a', title: 'First' })], 'after-a', 2)
        : page([clip({ id: 'b', title: 'Second' })], null, 2);
    },
  });
  fireEvent.click(await screen.findByRole('button', { name: 'Load more' }));
  expect(await screen.findByRole('article', { name: 'Second' })).toBeDefined();
  expect(cursors).toEqual([undefined, 'after-a']);
  expect(screen.queryByRole('button', { name: 'Load more' })).toBeNull();
});
