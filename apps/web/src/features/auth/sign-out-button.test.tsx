// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { PasswordForm } from './password-form.tsx';
import { SignOutButton } from './sign-out-button.tsx';

const key = { id: 'key', name: 'Deck', scope: 'PRESS', createdAt: '', lastUsedAt: null, expiresAt: null };

function show(element: ReactNode, keys: unknown[]) {
  const calls: unknown[] = [];
  const answer = (input: unknown) => {
    calls.push(input);
    return {};
  };
  renderApp(element, {
    'key.list': () => keys,
    'auth.logout': answer,
    'user.updatePassword': answer,
  });
  return calls;
}

test('signing out asks nothing of somebody without keys', async () => {
  const calls = show(<SignOutButton />, []);
  fireEvent.click(screen.getByRole('button', { name: 'Sign out' }));
  await waitFor(() => expect(calls).toHaveLength(1));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test.each([true, false])('signing out offers to revoke keys as well (taken: %s)', async (revokeKeys) => {
  const calls = show(<SignOutButton />, [key, { ...key, id: 'other' }]);
  fireEvent.click(screen.getByRole('button', { name: 'Sign out' }));
  const dialog = await screen.findByRole('dialog', { name: 'Sign out everywhere?' });
  expect(calls).toEqual([]);
  const offer = await within(dialog).findByRole('checkbox', {
    name: 'Also revoke my 2 keys for other programs',
  });
  if (revokeKeys) fireEvent.click(offer);
  fireEvent.click(within(dialog).getByRole('button', { name: 'Sign out' }));
  await waitFor(() => expect(calls).toEqual([{ revokeKeys }]));
});

test('a new password offers to revoke keys as well', async () => {
  const calls = show(<PasswordForm username="ada" onDone={() => undefined} />, [key]);
  fireEvent.click(await screen.findByRole('checkbox', { name: 'Also revoke my key for other programs' }));
  const type = (label: string, value: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  type('Current password', 'correct horse');
  type('New password', 'battery staple');
  fireEvent.click(screen.getByRole('button', { name: 'Save the new password' }));
  await waitFor(() =>
    expect(calls).toEqual([{ current: 'correct horse', new: 'battery staple', revokeKeys: true }]),
  );
});

test('a new password offers nothing to somebody without keys', async () => {
  show(<PasswordForm username="ada" onDone={() => undefined} />, []);
  await screen.findByLabelText('New password');
  expect(screen.queryByRole('checkbox')).toBeNull();
});
