// @vitest-environment happy-dom
import { configureStore } from '@reduxjs/toolkit';
import { act, fireEvent, screen } from '@testing-library/react';
import { Provider } from 'react-redux';
import { describe, expect, test } from 'vitest';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { SECOND } from '@hindsight/shared/units';
import { DEFAULT_HOTKEYS } from '../../../hotkeys/hotkey-actions.ts';
import type { FakeAnswers } from '../../../testing/fake-api.ts';
import { pressKey } from '../../../testing/press-key.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { dialogsReducer } from '../../../domain/dialogs/dialogs.slice.ts';
import { CaptureToasts } from './capture-toasts.tsx';
import { CHANNEL_ID, iso, savedClip } from '../replay.fixtures.ts';
import {
  captureRetried,
  captureSettled,
  captureStarted,
  captureUnanswered,
  replayReducer,
} from '../session/replay.slice.ts';

const clip = savedClip;

const ACCEPTED = {
  kind: 'accepted',
  clipId: clip.id,
  isShorterThanAsked: false,
  lastPictureAt: null,
} as const;

/** Shows the toast of a capture that was accepted as the clip. */
function show(of: ClipDto, answers: FakeAnswers = {}) {
  const store = configureStore({
    reducer: {
      replay: replayReducer,
      dialogs: dialogsReducer,
      preferences: () => ({ hotkeys: DEFAULT_HOTKEYS }),
    },
    preloadedState: { preferences: { hotkeys: DEFAULT_HOTKEYS } },
  });
  const press = {
    key: 'a',
    channelId: CHANNEL_ID,
    asked: { lastSeconds: 60 },
    moment: { pressedAt: 0, wallOffsetMs: 0 },
    via: 'hotkey',
  } as const;
  store.dispatch(captureStarted({ ...press, expectedMs: 60 * SECOND, stillUrl: null }));
  store.dispatch(captureSettled({ key: 'a', outcome: { ...ACCEPTED, clipId: of.id } }));
  renderApp(
    <Provider store={store}>
      <CaptureToasts onRemedy={() => undefined} />
    </Provider>,
    { 'clip.get': () => of, ...answers },
  );
  return store;
}

describe('the toast of a clip', () => {
  test('shares it by the dialog that the page has for that', async () => {
    const store = show(clip);
    fireEvent.click(await screen.findByRole('button', { name: 'Share' }));
    expect(store.getState().dialogs.open).toEqual({ kind: 'share-clip', clipId: clip.id, title: clip.title });
  });

  test('takes a saved clip back, and brings it back while that can be done', async () => {
    const removed: unknown[] = [];
    show(clip, {
      'clip.remove': (input) => {
        removed.push(input);
        return { freedBytes: 1, remainingQuotaBytes: 1, undoUntil: iso(10 * SECOND) };
      },
      'clip.restore': () => ({ clips: [clip], remainingQuotaBytes: 0 }),
    });
    fireEvent.click(await screen.findByRole('button', { name: 'Undo' }));
    await screen.findByText('Clip taken back');
    expect(removed).toEqual([{ clipId: clip.id }]);
    fireEvent.click(screen.getByRole('button', { name: 'Restore' }));
    await screen.findByText('Saved');
  });

  test('cancels one that is still being saved, which can not be brought back', async () => {
    show(
      { ...clip, status: 'PROCESSING', phase: 'WRITING', progress: 0.5 },
      { 'clip.remove': () => ({ freedBytes: 0, remainingQuotaBytes: 1, undoUntil: null }) },
    );
    await screen.findByText('Saving 50 %');
    expect(screen.queryByRole('link', { name: 'Watch' })).toBeNull();
    fireEvent.click(screen.getByRole('button', { name: 'Undo' }));
    await screen.findByText('Clip taken back');
    expect(screen.queryByRole('button', { name: 'Restore' })).toBeNull();
  });

  test('says of one that is converted how much longer that takes, from the beginning', async () => {
    show({ ...clip, status: 'PROCESSING', phase: 'ENCODING', progress: 0, durationMs: 60_000 });
    expect(await screen.findByText('Converting 0 %, about 15 s left')).toBeDefined();
  });

  test('leaves the focus where it is until its key is pressed', async () => {
    show(clip);
    const title = await screen.findByRole('textbox', { name: 'Title' });
    await screen.findByText('Saved');
    expect(document.activeElement).toBe(document.body);
    pressKey(document.body, 'KeyE');
    expect(document.activeElement).toBe(title);
  });
});

describe('the toast of a clip whose picture stopped arriving', () => {
  test('says for how long there is sound alone', async () => {
    const store = show(clip);
    await screen.findByText('Saved');
    expect(screen.queryByText(/sound alone/)).toBeNull();
    const lastPictureAt = new Date(Date.parse(clip.to) - 40_000).toISOString();
    act(() => void store.dispatch(captureSettled({ key: 'a', outcome: { ...ACCEPTED, lastPictureAt } })));
    await screen.findByText('Its last 40 seconds are sound alone: the picture stopped arriving.');
  });
});

describe('the toast of a press that has no answer', () => {
  test('says so, and that the clip ends at the press all the same', async () => {
    const store = show(clip);
    act(() => {
      store.dispatch(captureRetried('a'));
      store.dispatch(captureUnanswered('a'));
    });
    await screen.findByText(/^No answer yet, so it is sent again\. The clip ends when you pressed/);
    act(() => void store.dispatch(captureSettled({ key: 'a', outcome: ACCEPTED })));
    await screen.findByText('Saved');
    expect(screen.queryByText(/No answer yet/)).toBeNull();
  });
});

describe('the toast of a refused capture', () => {
  test('asks again for the same press, which the server may have accepted', async () => {
    const asked: unknown[] = [];
    const store = show(clip, {
      'replay.capture': (input) => {
        asked.push(input);
        return { clip, isShorterThanAsked: false, lastPictureAt: null };
      },
    });
    const error = { code: 'DATABASE_UNAVAILABLE', text: 'Away.', remedy: 'Wait.', errorId: null } as const;
    act(() => void store.dispatch(captureSettled({ key: 'a', outcome: { kind: 'refused', error } })));
    fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await screen.findByText('Saved');
    expect(asked).toMatchObject([{ pressKey: 'a', lastSeconds: 60 }]);
  });
});
