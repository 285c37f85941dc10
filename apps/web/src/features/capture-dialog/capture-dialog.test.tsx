// @vitest-environment happy-dom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Preview } from '@hindsight/shared/replay/preview';
import type { FakeAnswers } from '../../testing/fake-api.ts';
import { refusal } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { CaptureDialog } from './capture-dialog.tsx';
import type { RangeChoice } from './capture-editor.tsx';
import { CHANNEL_ID, iso, MARKER_ID, preview } from './preview.fixtures.ts';

function open(changes: Partial<Preview> = {}, answers: FakeAnswers = {}) {
  const heard = { choices: [] as RangeChoice[], closed: 0 };
  renderApp(
    <CaptureDialog
      channelId={CHANNEL_ID}
      target={<span>My clips only</span>}
      isSaving={false}
      onSave={(choice) => heard.choices.push(choice)}
      onClose={() => (heard.closed += 1)}
    />,
    { 'replay.preview': () => ({ ...preview, ...changes }), 'replay.peaks': () => [], ...answers },
  );
  return heard;
}

const handle = (name: 'Start' | 'End') => screen.findByRole('slider', { name });
const save = () => screen.getByRole('button', { name: 'Save' });
const press = async (name: 'Start' | 'End', key: string, shiftKey = false) =>
  fireEvent.keyDown(await handle(name), { key, shiftKey });

test('the handles go by seconds and tenths, and what is between them is saved', async () => {
  const heard = open({ availableQuotaBytes: 10_000 });
  await press('Start', 'ArrowRight');
  await press('Start', 'ArrowRight', true);
  await press('End', 'ArrowLeft');
  fireEvent.change(screen.getByLabelText('Title'), { target: { value: ' Goal ' } });
  fireEvent.click(save());
  expect(heard.choices).toMatchObject([
    // The gap is no picture.
    { from: iso(1100), to: iso(27_000), title: 'Goal', expectedMs: 6900 + 7000 },
  ]);
  expect(heard.choices[0]?.stillUrl).toBe('/api/buffers/u/c/s/20000/still.jpg');
});

test('times can be typed; nonsense changes nothing', async () => {
  open();
  await handle('Start');
  const start = screen.getByRole('textbox', { name: 'Start' });
  fireEvent.change(start, { target: { value: '0:02.5' } });
  fireEvent.keyDown(start, { key: 'Enter' });
  expect((await handle('Start')).getAttribute('aria-valuenow')).toBe('2500');
  fireEvent.change(start, { target: { value: 'soon' } });
  expect(screen.getByText('Write it as 2:14.3')).toBeDefined();
  fireEvent.blur(start);
  expect((await handle('Start')).getAttribute('aria-valuenow')).toBe('2500');
  expect(start).toHaveProperty('value', '0:02.5');
});

test('Escape takes back what is being typed, and closes the dialog only then', async () => {
  const heard = open();
  await handle('Start');
  const start = screen.getByRole('textbox', { name: 'Start' });
  fireEvent.change(start, { target: { value: '0:07' } });
  fireEvent.keyDown(start, { key: 'Escape' });
  expect(start).toHaveProperty('value', '0:00.0');
  expect(heard.closed).toBe(0);
  fireEvent.keyDown(start, { key: 'Escape' });
  expect(heard.closed).toBe(1);
});

test('says what it costs, and why it can’t be saved', async () => {
  const heard = open();
  await handle('Start');
  expect(screen.getByText(/It does not fit: choose less, or/)).toBeDefined();
  expect(save()).toHaveProperty('disabled', true);
  fireEvent.click(screen.getByRole('link', { name: 'delete clips' }));
  expect(heard.closed).toBe(1);
  await press('End', 'Home');
  expect(screen.getByText(/^About .* left\.$/)).toBeDefined();
  expect(save()).toHaveProperty('disabled', false);
});

test('markers are named and removed where they stand', async () => {
  const calls: unknown[] = [];
  open(
    {},
    {
      'marker.update': (input) => {
        calls.push(input);
        return { id: MARKER_ID, at: iso(5000), label: 'Save' };
      },
      'marker.remove': (input) => {
        calls.push(input);
      },
    },
  );
  const name = await screen.findByRole('textbox', { name: 'Name of the marker at 5 seconds' });
  expect(name).toHaveProperty('value', 'Goal');
  fireEvent.change(name, { target: { value: 'Save' } });
  fireEvent.blur(name);
  await waitFor(() => expect(name).toHaveProperty('value', 'Save'));
  fireEvent.click(screen.getByRole('button', { name: 'Remove the marker at 0:05.0' }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Markers' })).toBeNull());
  expect(calls).toEqual([{ markerId: MARKER_ID, label: 'Save' }, { markerId: MARKER_ID }]);
});

test('shows who spoke when, oneself first, and where it got loud', async () => {
  const asked: unknown[] = [];
  const voice = (loudFrom: number) =>
    Array.from({ length: 280 }, (_, index) => (index >= loudFrom && index < loudFrom + 20 ? 90 : 40));
  open(
    {},
    {
      'replay.voicePeaks': (input) => {
        asked.push(input);
        return [
          { userId: 'a', username: 'ada', isMine: false, peaks: voice(120) },
          { userId: 'b', username: 'bo', isMine: true, peaks: voice(120) },
        ];
      },
    },
  );
  const lanes = await screen.findByRole('region', { name: 'Who spoke when' });
  expect(
    within(lanes)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent),
  ).toEqual(
    ['Share, heard for 0 seconds', 'Me, heard for 28 seconds', 'ada, heard for 28 seconds'].map(
      (lane) => `${lane}Solo`,
    ),
  );
  expect(asked).toEqual([{ channelId: CHANNEL_ID, from: iso(0), to: iso(28_000) }]);
  expect(screen.getByRole('button', { name: 'Go to 12 seconds, where 2 people are loud' })).toBeDefined();
});

test('the clip is mixed at the levels that are chosen, of which the preview has that of the share', async () => {
  const heard = open(
    { availableQuotaBytes: 10_000 },
    {
      'replay.voicePeaks': () =>
        ['ada', 'bo', 'cy'].map((userId) => ({
          ...{ userId, username: userId, isMine: userId === 'bo', peaks: [] },
        })),
    },
  );
  const button = (name: string) => screen.findByRole('button', { name });
  const volume = () => screen.getByLabelText<HTMLVideoElement>('Preview').volume;
  fireEvent.click(await button('Mute ada'));
  expect(await button('Sound: without ada')).toBeDefined();
  fireEvent.click(await button('Solo Me'));
  fireEvent.click(await button('Sound: Me alone'));
  expect(volume()).toBe(0);
  expect(screen.getByText(/The preview plays the share alone, without voices/)).toBeDefined();
  fireEvent.click(await button('Solo Me'));
  const slider = (of: string) => screen.getByRole('slider', { name: `Level of ${of} in decibels` });
  expect(slider('ada').getAttribute('aria-valuenow')).toBe('-30');
  for (let step = 0; step < 2; step++) fireEvent.keyDown(slider('Share'), { key: 'ArrowLeft' });
  fireEvent.keyDown(slider('All others'), { key: 'End' });
  expect(volume()).toBeCloseTo(0.794, 3);
  expect(await button('Sound: levels changed')).toBeDefined();
  fireEvent.click(await button('Mute cy'));
  fireEvent.click(save());
  expect(heard.choices[0]?.levels).toEqual({
    shareDb: -2,
    voices: [
      { userId: 'bo', gainDb: 0 },
      { userId: 'ada', gainDb: 12 },
      { userId: 'cy', gainDb: -30 },
    ],
  });
  // As it was sent, nothing is asked for.
  fireEvent.click(await button('Mute cy'));
  fireEvent.keyDown(slider('All others'), { key: 'Home' });
  fireEvent.click(await button('Mute ada'));
  for (const of of ['ada', 'cy']) {
    fireEvent.keyDown(slider(of), { key: 'End' });
    for (let step = 0; step < 12; step++) fireEvent.keyDown(slider(of), { key: 'ArrowLeft' });
  }
  for (let step = 0; step < 2; step++) fireEvent.keyDown(slider('Share'), { key: 'ArrowRight' });
  expect(await button('Sound: as it was')).toBeDefined();
  fireEvent.click(save());
  expect(heard.choices[1]).toBeDefined();
  expect(heard.choices[1]?.levels).toBeUndefined();
});

test('says before saving that a clip will have no voices, where a part of it can’t be mixed', async () => {
  const heard = open(
    {
      availableQuotaBytes: 10_000,
      pieces: preview.pieces.map((piece, index) => ({ ...piece, isMixable: index > 0 })),
    },
    {
      'replay.voicePeaks': () => [{ userId: 'ada', username: 'ada', isMine: false, peaks: [] }],
    },
  );
  await screen.findByRole('region', { name: 'Who spoke when' });
  const words = () => screen.queryByText(/the sound of your share alone, without voices/);
  expect(words()).not.toBeNull();
  expect(screen.queryByRole('button', { name: /^Sound: |^Mute |^Solo / })).toBeNull();
  fireEvent.click(save());
  expect(heard.choices[0]?.levels).toBeUndefined();
  // Without that part it has them.
  await press('Start', 'End');
  expect(words()).toBeNull();
  expect(screen.getByRole('button', { name: 'Sound: as it was' })).toBeDefined();
});

test('has no lanes where nobody’s voice is kept', async () => {
  open({}, { 'replay.voicePeaks': () => [] });
  await handle('Start');
  expect(screen.queryByRole('region', { name: 'Who spoke when' })).toBeNull();
  expect(screen.queryByRole('button', { name: /^Sound: / })).toBeNull();
});

test('without a buffer it says what to do', async () => {
  open(
    {},
    {
      'replay.preview': () => {
        throw refusal('NO_SEGMENTS_FOUND');
      },
    },
  );
  expect(await screen.findByText(/nothing is buffered for you/)).toBeDefined();
});
