// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ClipLinkDto } from '@hindsight/shared/clips/clip';
import { renderApp } from '../../../testing/render-app.tsx';
import { PublicLinksDialog } from './public-links-dialog.tsx';

const link = (changes: Partial<ClipLinkDto> = {}): ClipLinkDto => ({
  id: 'link-1',
  clipId: 'clip',
  path: '/l/token-1',
  createdAt: '2026-11-21T10:00:00.000Z',
  expiresAt: null,
  ...changes,
});

function show(links: ClipLinkDto[]) {
  const calls: [string, unknown][] = [];
  renderApp(<PublicLinksDialog clip={{ id: 'clip', title: 'The save' }} onClose={() => undefined} />, {
    'clip.link.list': () => links,
    'clip.link.create'(input) {
      calls.push(['create', input]);
      return link({ id: 'link-2', path: '/l/token-2' });
    },
    'clip.link.revoke'(input) {
      calls.push(['revoke', input]);
      return {};
    },
  });
  return calls;
}

const addresses = () =>
  screen.queryAllByRole<HTMLInputElement>('textbox', { name: 'Link' }).map(({ value }) => value);

test('makes a link that ends in a week unless told otherwise, ready to copy', async () => {
  const calls = show([]);
  expect(await screen.findByText('No links yet.')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Create link' }));
  await waitFor(() => expect(addresses()).toEqual([`${window.location.origin}/l/token-2`]));
  expect(calls).toEqual([['create', { clipId: 'clip', expiresInHours: 168 }]]);
  expect(screen.getByRole('button', { name: 'Copy' })).toBeDefined();
});

test('lists the links there are, and takes one back', async () => {
  const calls = show([link()]);
  expect(await screen.findByText('Never expires')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(addresses()).toEqual([]));
  expect(calls).toEqual([['revoke', { linkId: 'link-1' }]]);
});
