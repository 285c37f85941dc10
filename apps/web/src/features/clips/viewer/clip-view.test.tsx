// @vitest-environment happy-dom
import { Notifications } from '@mantine/notifications';
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { GiB, MiB } from '@hindsight/shared/units';
import type { FakeAnswers } from '../../../testing/fake-api.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { ClipView } from './clip-view.tsx';
import { clip, savingClip } from '../../../domain/clip/clip.fixtures.ts';

function show(
  shown: ClipDto,
  { at = '/clips/x', answers = {} }: { at?: string; answers?: FakeAnswers } = {},
) {
  const happened: string[] = [];
  renderApp(
    <>
      <Notifications />
      <ClipView
        clip={shown}
        onShare={() => happened.push('share')}
        onExport={(atMs) => happened.push(`export at ${atMs}`)}
        onDeleted={() => happened.push('deleted')}
        onOpen={(id) => happened.push(`open ${id}`)}
      />
    </>,
    answers,
    { at },
  );
  return happened;
}

const video = () => document.querySelector('video');
const button = (name: string) => screen.getByRole('button', { name });

test.each([
  ['/clips/x?t=83.5', 83.5],
  ['/clips/x?t=1m23s', 83],
  ['/clips/x?t=9999', 300],
  ['/clips/x', 0],
])('%s starts at %d s', (at, seconds) => {
  show(clip(), { at });
  expect(video()?.currentTime).toBe(seconds);
});

test('a marker leads to its moment', () => {
  show(clip({ markers: [{ offsetMs: 61_500, label: 'Goal' }] }));
  fireEvent.click(screen.getByRole('button', { name: /1:01.5.Goal/ }));
  expect(video()?.currentTime).toBe(61.5);
});

test('shows who spoke when, and leads to where it got loud', async () => {
  const peaks = Array.from({ length: 3000 }, (_, index) => (index >= 800 && index < 820 ? 90 : 40));
  const voice = (username: string, isMine: boolean) => ({
    voice: { userId: username, username, isMine },
    peaks,
  });
  show(clip({ voices: ['ada', 'bo'] }), {
    answers: { 'clip.lanes': () => [{ voice: null, peaks }, voice('ada', false), voice('bo', true)] },
  });
  const lanes = await screen.findByRole('region', { name: 'Who spoke when' });
  expect(
    within(lanes)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent?.split(',')[0]),
  ).toEqual(['Share', 'Me', 'ada']);
  fireEvent.click(button('Go to 1 minute 20 seconds, where 2 people are loud'));
  expect(video()?.currentTime).toBe(80);
});

test('a press on a lane’s name mutes it, and the clip is mixed anew when that is asked for', async () => {
  const asked: unknown[] = [];
  const voice = (userId: string, isMine: boolean) => ({ userId, username: userId, isMine });
  let levels = {
    shareDb: -3,
    voices: [
      { ...voice('ada', false), gainDb: -30 },
      { ...voice('bo', true), gainDb: 6 },
    ],
  };
  show(clip({ id: 'x', voices: ['ada', 'bo'], tracksUrl: '/api/clips/x/tracks' }), {
    answers: {
      'clip.lanes': () => [
        { voice: null, peaks: [] },
        { voice: voice('ada', false), peaks: [] },
        { voice: voice('bo', true), peaks: [] },
      ],
      'clip.level.get': () => levels,
      'clip.level.update': (input) => {
        asked.push(input);
        levels = { shareDb: -30, voices: levels.voices.map((one) => ({ ...one, gainDb: 0 })) };
        return levels;
      },
    },
  });
  const mute = await screen.findByRole('button', { name: 'Mute ada' });
  expect(mute.getAttribute('aria-pressed')).toBe('true');
  expect(screen.queryByRole('button', { name: 'Mix anew' })).toBeNull();
  fireEvent.click(mute);
  fireEvent.click(button('As it was'));
  expect(screen.queryByRole('button', { name: 'Mix anew' })).toBeNull();
  fireEvent.click(mute);
  fireEvent.click(button('Mute Share'));
  expect(screen.getByText(/The player plays the clip as it is until it has been mixed anew/)).toBeDefined();
  fireEvent.click(button('Mix anew'));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Mix anew' })).toBeNull());
  expect(asked).toEqual([
    {
      clipId: 'x',
      shareDb: -30,
      voices: [
        { userId: 'ada', gainDb: 0 },
        { userId: 'bo', gainDb: 6 },
      ],
    },
  ]);
  expect(button('Mute Share').getAttribute('aria-pressed')).toBe('true');
});

test('lanes of a clip whose sounds were not kept apart are to look at', async () => {
  show(clip({ voices: ['ada'], tracksUrl: null }), {
    answers: {
      'clip.lanes': () => [{ voice: { userId: 'ada', username: 'ada', isMine: false }, peaks: [] }],
    },
  });
  await screen.findByRole('region', { name: 'Who spoke when' });
  expect(screen.queryByRole('button', { name: 'Mute ada' })).toBeNull();
});

test('says who took their voice out of the clip', () => {
  show(clip({ voices: ['ada'], takenOutVoices: ['bo'], isMixing: true }));
  expect(screen.getByText('Took their voice out').nextElementSibling?.textContent).toBe('bo');
  expect(screen.getByText('is being mixed anew')).toBeDefined();
  cleanup();
  show(clip({ voices: ['ada'], isMixing: false }));
  expect(screen.queryByText('Took their voice out')).toBeNull();
  expect(screen.queryByText('is being mixed anew')).toBeNull();
});

test('the levels of share, me and others are set one by one, and of all others at once', async () => {
  const asked: unknown[] = [];
  const voice = (userId: string, isMine: boolean) => ({ userId, username: userId, isMine, gainDb: 0 });
  const levels = { shareDb: -3, voices: [voice('ada', false), voice('bo', true), voice('cy', false)] };
  show(clip({ id: 'x', tracksUrl: '/api/clips/x/tracks' }), {
    answers: {
      'clip.level.get': () => levels,
      'clip.level.update': (input) => {
        asked.push(input);
        return levels;
      },
    },
  });
  fireEvent.click(button('Sound levels'));
  const slider = (of: string) => screen.findByRole('slider', { name: `Level of ${of} in decibels` });
  expect((await slider('Share')).getAttribute('aria-valuenow')).toBe('-3');
  fireEvent.keyDown(await slider('Share'), { key: 'ArrowRight' });
  fireEvent.keyDown(await slider('Me'), { key: 'ArrowLeft' });
  fireEvent.keyDown(await slider('All others'), { key: 'End' });
  expect((await slider('cy')).getAttribute('aria-valuenow')).toBe('12');
  fireEvent.click(button('Mix anew'));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(asked).toEqual([
    {
      clipId: 'x',
      shareDb: -2,
      voices: [
        { userId: 'ada', gainDb: 12 },
        { userId: 'bo', gainDb: -1 },
        { userId: 'cy', gainDb: 12 },
      ],
    },
  ]);
});

test('a clip with voices can be downloaded with separate tracks, another one can not', () => {
  show(clip({ tracksUrl: '/api/clips/x/tracks' }));
  const name = 'Download with separate tracks';
  expect(screen.getByRole('link', { name }).getAttribute('href')).toBe('/api/clips/x/tracks');
  cleanup();
  show(clip({ tracksUrl: null }));
  expect(screen.getByRole('link', { name: 'Download' })).toBeDefined();
  expect(screen.queryByRole('link', { name })).toBeNull();
});

test('opens the trim tools and leaves them', () => {
  show(clip());
  fireEvent.click(button('Trim'));
  expect(screen.getByRole('region', { name: 'Trim' })).toBeDefined();
  fireEvent.click(button('Cancel'));
  expect(screen.queryByRole('region', { name: 'Trim' })).toBeNull();
});

test('a clip on its way says how far it is and offers nothing that needs it', () => {
  show(savingClip());
  expect(screen.getByText('Saving 62 %')).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Trim' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Share' })).toBeNull();
});

test('sharing is asked for, and deleting needs no question as it can be undone', async () => {
  const calls: string[] = [];
  const happened = show(clip({ title: 'The save' }), {
    answers: {
      'clip.removeMany'() {
        calls.push('remove');
        return { freedBytes: 48 * MiB, remainingQuotaBytes: GiB, undoUntil: '2026-11-21T10:00:10.000Z' };
      },
      'clip.restore'() {
        calls.push('restore');
        return { clips: [], remainingQuotaBytes: GiB };
      },
    },
  });
  fireEvent.click(button('Share'));
  fireEvent.click(button('Delete'));
  await waitFor(() => expect(happened).toEqual(['share', 'deleted']));
  expect(await screen.findByText('“The save” deleted')).toBeDefined();
  fireEvent.click(screen.getByRole('button', { name: /Undo/ }));
  await waitFor(() => expect(calls).toEqual(['remove', 'restore']));
});

test('an export begins at the moment that is on screen', () => {
  const happened = show(clip(), { at: '/clips/x?t=12.5' });
  fireEvent.click(button('Export'));
  expect(happened).toEqual(['export at 12500']);
});
