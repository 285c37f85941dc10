// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ExportDto, ExportPlan } from '@hindsight/shared/clips/export';
import { clip } from '../../domain/clip/clip.fixtures.ts';
import { refusal, type FakeAnswers } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { ExportDialog } from './export-dialog.tsx';

const MB = 1_000_000;
const plan: ExportPlan = {
  kind: 'chat',
  sizeBytes: 19.8 * MB,
  maxBytes: 20 * MB,
  width: 1280,
  height: 720,
  framesPerSecond: 30,
  hasSound: true,
  look: 'good',
  extension: 'mp4',
};
const kept = (changes: Partial<ExportDto> = {}): ExportDto => ({
  id: 'export-1',
  clipId: clip().id,
  title: 'The save',
  options: { kind: 'chat', limitBytes: 10 * MB },
  status: 'READY',
  progress: null,
  errorCode: null,
  errorDetail: null,
  sizeBytes: 9.9 * MB,
  downloadUrl: '/api/exports/export-1/download',
  createdAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + 5 * 3_600_000).toISOString(),
  ...changes,
});

function show(items: ExportDto[] = [], answers: FakeAnswers = {}) {
  const calls: [string, unknown][] = [];
  const note = (name: string, answer: unknown) => (input: unknown) => {
    calls.push([name, (input as { options?: unknown }).options ?? input]);
    return answer;
  };
  renderApp(<ExportDialog clipId={clip().id} atMs={4200} onClose={() => undefined} />, {
    'clip.get': () => clip({ width: 1920, height: 1080 }),
    'export.list': () => ({ items, chatLimitBytes: 20 * MB }),
    'export.plan': () => plan,
    'export.create': note('create', kept()),
    'clip.updatePoster': note('poster', {}),
    'export.remove': note('remove', { freedBytes: 0, remainingQuotaBytes: 0 }),
    ...answers,
  });
  return calls;
}

const choose = async (name: RegExp) => fireEvent.click(await screen.findByRole('radio', { name }));
const exportNow = () => fireEvent.click(screen.getByRole('button', { name: 'Export' }));

test('says what an export for chat will be, and makes it of the size that the server prefers', async () => {
  const calls = show();
  expect(await screen.findByText('About 19 MB, 720p30, looks good')).toBeDefined();
  exportNow();
  await waitFor(() => expect(calls).toEqual([['create', { kind: 'chat', limitBytes: 20 * MB }]]));
});

test.each([
  [/^For editing/, { kind: 'editing', sound: 'aac' }],
  [/^Sound/, { kind: 'sound' }],
  [/^Still/, { kind: 'still', atMs: 4200, format: 'png' }],
  [/^Upright/, { kind: 'crop', crop: { x: 657, y: 0, width: 607, height: 1080 } }],
  [/^Animation/, { kind: 'animation', format: 'webp', fromMs: 4200, toMs: 9200 }],
])('%s asks for %j', async (name, options) => {
  const calls = show();
  await choose(name);
  exportNow();
  await waitFor(() => expect(calls).toEqual([['create', options]]));
});

test('an export for editing has the separate tracks of a clip that has them, unless one does without', async () => {
  const calls = show([], { 'clip.get': () => clip({ tracksUrl: '/api/clips/clip-1/tracks' }) });
  await choose(/^For editing/);
  const choice = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Separate tracks' });
  expect(choice.checked).toBe(true);
  exportNow();
  await waitFor(() => expect(calls).toHaveLength(1));
  const button = screen.getByRole('button', { name: 'Export' });
  await waitFor(() => expect(button.getAttribute('data-loading')).toBeNull());
  fireEvent.click(choice);
  exportNow();
  await waitFor(() =>
    expect(calls).toEqual([
      ['create', { kind: 'editing', sound: 'aac', hasSeparateTracks: true }],
      ['create', { kind: 'editing', sound: 'aac' }],
    ]),
  );
});

test('separate tracks are not offered where there are none', async () => {
  show();
  await choose(/^For editing/);
  expect(screen.queryByRole('checkbox', { name: 'Separate tracks' })).toBeNull();
});

test('the crop moves by keyboard', async () => {
  const calls = show();
  await choose(/^Upright/);
  const crop = screen.getByRole('slider', { name: 'Crop' });
  fireEvent.keyDown(crop, { key: 'End' });
  fireEvent.keyDown(crop, { key: 'ArrowLeft' });
  expect(crop.getAttribute('aria-valuenow')).toBe('98');
  exportNow();
  await waitFor(() =>
    expect(calls).toEqual([['create', { kind: 'crop', crop: { x: 1287, y: 0, width: 607, height: 1080 } }]]),
  );
});

test('the picture that is chosen can become the poster', async () => {
  const calls = show();
  await choose(/^Still/);
  fireEvent.click(screen.getByRole('button', { name: 'Use as poster' }));
  await waitFor(() => expect(calls).toEqual([['poster', { clipId: clip().id, atMs: 4200 }]]));
});

test('says why an export can’t be, and doesn’t offer it', async () => {
  show([], {
    'export.plan'() {
      throw refusal('EXPORT_LIMIT_TOO_SMALL');
    },
  });
  expect(await screen.findByText(/does not fit into that size.*Choose a larger size/)).toBeDefined();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Export' }).disabled).toBe(true);
});

test('lists what is kept and until when, what is being made, and what has failed', async () => {
  const calls = show([
    kept(),
    kept({
      id: 'export-2',
      options: { kind: 'sound' },
      status: 'PROCESSING',
      progress: 0.42,
      downloadUrl: null,
    }),
    kept({ id: 'export-3', status: 'FAILED', errorCode: 'CLIP_TRIMMED', downloadUrl: null }),
  ]);
  expect(await screen.findByText(/kept for 5 more hours/)).toBeDefined();
  expect(screen.getByText('42 %')).toBeDefined();
  expect(screen.getByRole('alert').textContent).toContain('trimmed');
  expect(screen.getByRole('link', { name: 'Download For chat, 10 MB' }).getAttribute('href')).toBe(
    '/api/exports/export-1/download',
  );
  fireEvent.click(screen.getByRole('button', { name: 'Cancel Sound' }));
  await waitFor(() => expect(calls).toEqual([['remove', { exportId: 'export-2' }]]));
});
