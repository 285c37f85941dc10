// @vitest-environment happy-dom
import { configureStore } from '@reduxjs/toolkit';
import { fireEvent, screen } from '@testing-library/react';
import { act, useState } from 'react';
import { Provider } from 'react-redux';
import { expect, test } from 'vitest';
import type { SessionDto } from '@hindsight/shared/replay/replay';
import { renderApp } from '../../../testing/render-app.tsx';
import { CHANNEL_ID, session } from '../replay.fixtures.ts';
import { replayReducer, shareChanged, shareResumed } from './replay.slice.ts';
import { useReplayRequests } from './use-replay-requests.ts';

/** Shows buttons that start and take back, on a server that answers a start when the test says so. */
function show() {
  const answers = Promise.withResolvers<SessionDto>();
  const stopped: unknown[] = [];
  let shareAs: (videoTrackSid: string) => void = () => undefined;
  function Requests() {
    const [videoTrackSid, setVideoTrackSid] = useState('TR_a');
    shareAs = setVideoTrackSid;
    const share = { videoTrackSid, audioTrackSid: null, quality: '720p' as const };
    const { start, takeBackStart } = useReplayRequests(CHANNEL_ID, share);
    return (
      <>
        <button onClick={() => void start()}>Start</button>
        <button onClick={takeBackStart}>Take back</button>
      </>
    );
  }
  const store = configureStore({ reducer: { replay: replayReducer } });
  renderApp(
    <Provider store={store}>
      <Requests />
    </Provider>,
    {
      'replay.start': () => answers.promise,
      'replay.stop': (input) => {
        stopped.push((input as { sessionId: string }).sessionId);
        return session({ status: 'STOPPED' });
      },
    },
  );
  return {
    store,
    stopped,
    answers,
    shareAs: (videoTrackSid: string) => act(async () => shareAs(videoTrackSid)),
    request: () => store.getState().replay.request,
  };
}

const press = (name: string) => act(async () => void fireEvent.click(screen.getByRole('button', { name })));

test('a start that was taken back is stopped once the server has answered', async () => {
  const { answers, stopped, request } = show();
  await press('Start');
  await press('Take back');
  expect(request()).toBe('stopping');
  expect(stopped).toEqual([]);
  await act(async () => answers.resolve(session()));
  await expect.poll(() => stopped).toEqual([session().id]);
  await expect.poll(request).toBe('none');
});

test('a start that was taken back and then refused has nothing to say', async () => {
  const { answers, stopped, store, request } = show();
  await press('Start');
  await press('Take back');
  await act(async () => answers.reject(new Error('refused')));
  await expect.poll(request).toBe('none');
  expect(store.getState().replay.error).toBeNull();
  expect(stopped).toEqual([]);
});

test.each([
  ['that goes on under another track', shareResumed()],
  ['that another one follows', shareChanged()],
])('a start that was taken back is stopped for a share %s, too', async (_, change) => {
  const { answers, stopped, store, shareAs, request } = show();
  await press('Start');
  await press('Take back');
  await shareAs('TR_a2');
  await act(async () => void store.dispatch(change));
  await act(async () => answers.resolve(session()));
  await expect.poll(() => stopped).toEqual([session().id]);
  await expect.poll(request).toBe('none');
});

test('a start that nobody took back goes on', async () => {
  const { answers, stopped, request } = show();
  await press('Start');
  expect(request()).toBe('starting');
  await act(async () => answers.resolve(session()));
  await expect.poll(request).toBe('none');
  expect(stopped).toEqual([]);
});
