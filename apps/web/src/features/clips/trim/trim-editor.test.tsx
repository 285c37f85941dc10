// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { refusal, type FakeAnswers } from '../../../testing/fake-api.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { clip, savingClip } from '../../../domain/clip/clip.fixtures.ts';
import { TrimEditor } from './trim-editor.tsx';

const source = { ...clip({ durationMs: 20_000 }), videoUrl: '/video' };

function show(answers: FakeAnswers = {}) {
  const trims: unknown[] = [];
  const saved: [ClipDto, string][] = [];
  renderApp(<TrimEditor clip={source} onCancel={() => undefined} onSaved={(...one) => saved.push(one)} />, {
    'clip.trim'(input) {
      trims.push(input);
      return savingClip({ id: 'trimmed' });
    },
    ...answers,
  });
  return { trims, saved };
}

const handle = (name: string) => screen.getByRole('slider', { name });
const button = (name: string) => screen.getByRole('button', { name });
const playAt = (seconds: number) => {
  const video = document.querySelector('video');
  if (video !== null) video.currentTime = seconds;
};

test('a whole clip needs no trimming', () => {
  show();
  expect(button('Save as new clip')).toHaveProperty('disabled', true);
  expect(button('Replace the original')).toHaveProperty('disabled', true);
});

test('says how long and how large the result is, and has it made', async () => {
  const { trims, saved } = show();
  fireEvent.keyDown(handle('Start'), { key: 'PageUp' });
  expect(screen.getByRole('status').textContent).toBe('0:10.0 of 0:20.0 · about 24 MB');
  fireEvent.click(button('Save as new clip'));
  await waitFor(() => expect(saved.map(([{ id }, mode]) => [id, mode])).toEqual([['trimmed', 'new']]));
  expect(trims).toEqual([{ clipId: source.id, fromMs: 10_000, toMs: 20_000, mode: 'new' }]);
});

test('I and O set the ends where the player is', () => {
  show();
  playAt(4);
  fireEvent.keyDown(document.body, { key: 'i' });
  playAt(9.5);
  fireEvent.keyDown(document.body, { key: 'O' });
  expect(handle('Start').getAttribute('aria-valuetext')).toBe('4 seconds');
  expect(handle('End').getAttribute('aria-valuetext')).toBe('9.5 seconds');
});

test('the original makes way only after a second yes, which says what happens', async () => {
  const { trims, saved } = show();
  fireEvent.keyDown(handle('End'), { key: 'PageDown' });
  fireEvent.click(button('Replace the original'));
  const dialog = within(await screen.findByRole('dialog', { name: 'Replace the original?' }));
  expect(dialog.getByText(/The other 0:10.0 are gone for good/)).toBeDefined();
  expect(trims).toEqual([]);
  fireEvent.click(dialog.getByRole('button', { name: 'Replace' }));
  await waitFor(() => expect(saved.map(([, mode]) => mode)).toEqual(['replace']));
});

test('says why it can’t be made', async () => {
  show({
    'clip.trim'() {
      throw refusal('QUOTA_EXCEEDED');
    },
  });
  fireEvent.keyDown(handle('End'), { key: 'PageDown' });
  fireEvent.click(button('Save as new clip'));
  expect(await screen.findByText(/Your clip storage is full/)).toBeDefined();
});
