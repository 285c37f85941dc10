// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import type { MyVoice } from '@hindsight/shared/clips/clip-voices';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { MyVoiceClips } from './my-voice-clips.tsx';

const voice = (clipId: string, changes: Partial<MyVoice> = {}): MyVoice => ({
  ...{ clipId, title: `Clip ${clipId}`, ownerName: 'ada', isMine: false, channelName: 'Lounge' },
  ...{ recordedAt: '2026-11-21T10:00:00.000Z', durationMs: 60_000, isShared: false, hasLink: false },
  ...changes,
});

/** Shows clips, two a page, and lists what is asked of the server. */
function show(clips: MyVoice[]) {
  let left = clips;
  const asked: unknown[] = [];
  renderApp(<MyVoiceClips />, {
    'clip.voice.list': (input) => {
      const from = Number((input as { cursor?: string }).cursor ?? 0);
      const items = left.slice(from, from + 2);
      return { items, total: left.length, nextCursor: from + 2 < left.length ? String(from + 2) : null };
    },
    'clip.voice.takeOut': (input) => {
      asked.push(input);
      left = left.filter(({ clipId }) => clipId !== (input as { clipId: string }).clipId);
      return { clips: 1 };
    },
    'clip.voice.takeOutOfAll': () => {
      asked.push('all');
      const { length } = left;
      left = [];
      return { clips: length };
    },
  });
  return asked;
}

test('says who has which clip, and who else can watch it', async () => {
  show([voice('a', { isShared: true, hasLink: true }), voice('b', { isMine: true }), voice('c')]);
  const list = await screen.findByRole('list', { name: 'Clips with my voice' });
  const [first, second] = within(list).getAllByRole('listitem');
  expect(first?.textContent).toContain('ada’s · Lounge');
  expect(first?.textContent).toContain('shared in messages · public link');
  expect(second?.textContent).toContain('Mine · Lounge');
  expect(within(list).getAllByRole('listitem')).toHaveLength(2);
  fireEvent.click(screen.getByRole('button', { name: 'Show more' }));
  await expect.poll(() => within(list).getAllByRole('listitem').length).toBe(3);
});

test('takes the voice out of one clip after asking', async () => {
  const asked = show([voice('a'), voice('b')]);
  fireEvent.click(await screen.findByRole('button', { name: 'Take my voice out of Clip a' }));
  expect(asked).toEqual([]);
  fireEvent.click(await screen.findByRole('button', { name: 'Take out' }));
  await expect.poll(() => screen.queryByText('Clip a')).toBeNull();
  expect(asked).toEqual([{ clipId: 'a' }]);
});

test('takes the voice out of all clips', async () => {
  const asked = show([voice('a'), voice('b')]);
  fireEvent.click(await screen.findByRole('button', { name: 'Take my voice out of all' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Take out' }));
  expect(await screen.findByText('No saved clip has your voice.')).toBeDefined();
  expect(asked).toEqual(['all']);
});
