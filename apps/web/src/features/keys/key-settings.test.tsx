// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { MAX_PROGRAM_KEYS, type ProgramKeyDto } from '@hindsight/shared/account/program-key';
import { expect, test } from 'vitest';
import { refusal, type FakeAnswers } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { KeySettings } from './key-settings.tsx';

const KEY = 'hs_4vJ0cQ';
const deck: ProgramKeyDto = {
  id: 'key-1',
  name: 'Stream Deck',
  scope: 'PRESS',
  pressSeconds: null,
  createdAt: '2026-11-21T10:00:00.000Z',
  lastUsedAt: null,
  expiresAt: null,
};

function show(keys: ProgramKeyDto[], answers: FakeAnswers = {}) {
  const calls: [string, unknown][] = [];
  let listed = keys;
  renderApp(<KeySettings username="ada" />, {
    'key.list': () => listed,
    'key.create'(input) {
      calls.push(['create', input]);
      const { name } = input as ProgramKeyDto;
      listed = [{ ...deck, id: 'key-2', name }, ...listed];
      return { ...deck, id: 'key-2', name, key: KEY };
    },
    'key.revoke'(input) {
      calls.push(['revoke', input]);
      listed = listed.filter(({ id }) => id !== (input as { keyId: string }).keyId);
      return {};
    },
    ...answers,
  });
  return calls;
}

const names = () => screen.queryAllByRole('listitem').map((row) => row.firstChild?.firstChild?.textContent);

async function fillForm() {
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Create key' }).hasAttribute('disabled')).toBe(false),
  );
  fireEvent.click(screen.getByRole('button', { name: 'Create key' }));
  const dialog = await screen.findByRole('dialog');
  const type = (label: string, value: string) =>
    fireEvent.change(within(dialog).getByLabelText(label), { target: { value } });
  type('Name', 'Home');
  fireEvent.click(within(dialog).getByRole('radio', { name: 'Read' }));
  type('Expires after', '720');
  type('Your password', 'correct horse');
  fireEvent.click(within(dialog).getByRole('button', { name: 'Create key' }));
  return dialog;
}

test('a key is made with what was chosen, and shown once', async () => {
  const calls = show([]);
  const dialog = await fillForm();
  const field = await within(dialog).findByRole<HTMLInputElement>('textbox', { name: 'Key' });
  expect(field.value).toBe(KEY);
  expect(calls).toEqual([
    [
      'create',
      { name: 'Home', scope: 'READ', pressSeconds: null, expiresInHours: 720, password: 'correct horse' },
    ],
  ]);
  fireEvent.click(within(dialog).getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(names()).toEqual(['Home']));
  expect(screen.queryByDisplayValue(KEY)).toBeNull();
});

test('a key is not made without a name and the password', async () => {
  const calls = show([]);
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Create key' }).hasAttribute('disabled')).toBe(false),
  );
  fireEvent.click(screen.getByRole('button', { name: 'Create key' }));
  const dialog = await screen.findByRole('dialog');
  fireEvent.click(within(dialog).getByRole('button', { name: 'Create key' }));
  expect(await within(dialog).findByText('Say which program it is for')).toBeDefined();
  expect(within(dialog).getByText('Type your password')).toBeDefined();
  expect(calls).toEqual([]);
});

test('a wrong password is said at its field', async () => {
  show([], {
    'key.create': () => {
      throw refusal('WRONG_PASSWORD');
    },
  });
  const dialog = await fillForm();
  expect(await within(dialog).findByText('Your current password is wrong.')).toBeDefined();
  expect(within(dialog).queryByRole('alert')).toBeNull();
});

test('a key is revoked after a question', async () => {
  const calls = show([deck]);
  fireEvent.click(await screen.findByRole('button', { name: 'Revoke Stream Deck' }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke the key for Stream Deck?' });
  expect(calls).toEqual([]);
  fireEvent.click(within(dialog).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(names()).toEqual([]));
  expect(calls).toEqual([['revoke', { keyId: 'key-1' }]]);
});

test('whoever has all keys that an account may have is told so', async () => {
  show(Array.from({ length: MAX_PROGRAM_KEYS }, (_, index) => ({ ...deck, id: `key-${index}` })));
  expect(await screen.findByText(/^You have 20 keys\./)).toBeDefined();
  expect(screen.getByRole('button', { name: 'Create key' }).hasAttribute('disabled')).toBe(true);
});
