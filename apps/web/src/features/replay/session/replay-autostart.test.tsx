// @vitest-environment happy-dom
import { configureStore } from '@reduxjs/toolkit';
import { fireEvent, screen } from '@testing-library/react';
import { act, useState } from 'react';
import { Provider } from 'react-redux';
import { expect, test } from 'vitest';
import { renderApp } from '../../../testing/render-app.tsx';
import { ReplayAutostart } from './replay-autostart.tsx';
import { CHANNEL_ID, session } from '../replay.fixtures.ts';
import { replayReducer } from './replay.slice.ts';

/** Starts shares under the tracks that the test names; null means no share. */
function show({ isWanted = true, isAskedFirst }: { isWanted?: boolean; isAskedFirst: boolean }) {
  const started: unknown[] = [];
  let shareAs: (videoTrackSid: string | null) => void = () => undefined;
  function Sharer() {
    const [videoTrackSid, setVideoTrackSid] = useState<string | null>(null);
    shareAs = setVideoTrackSid;
    const share =
      videoTrackSid === null ? null : { videoTrackSid, audioTrackSid: null, quality: '720p' as const };
    return (
      <ReplayAutostart channelId={CHANNEL_ID} share={share} isWanted={isWanted} isAskedFirst={isAskedFirst} />
    );
  }
  const store = configureStore({ reducer: { replay: replayReducer } });
  renderApp(
    <Provider store={store}>
      <Sharer />
    </Provider>,
    {
      'replay.start': (input) => {
        started.push((input as { videoTrackSid: string }).videoTrackSid);
        return session();
      },
    },
  );
  return {
    started,
    share: (videoTrackSid: string | null) => act(async () => shareAs(videoTrackSid)),
  };
}

const question = () => screen.queryByRole('region', { name: 'Record this share?' });
const answer = (name: string) => act(async () => void fireEvent.click(screen.getByRole('button', { name })));

test('starts each new share of whoever wants that', async () => {
  const { started, share } = show({ isAskedFirst: false });
  await share('TR_a');
  await expect.poll(() => started).toEqual(['TR_a']);
  expect(question()).toBeNull();
});

test('starts and asks nothing when it isn’t wanted', async () => {
  const { started, share } = show({ isWanted: false, isAskedFirst: true });
  await share('TR_a');
  expect(question()).toBeNull();
  expect(started).toEqual([]);
});

test('starts nothing before yes is said, and asks anew for the next share', async () => {
  const { started, share } = show({ isAskedFirst: true });
  await share('TR_a');
  expect(question()).not.toBeNull();
  expect(started).toEqual([]);
  await answer('Not this time');
  expect(question()).toBeNull();
  await share(null);
  await share('TR_b');
  expect(question()).not.toBeNull();
  expect(started).toEqual([]);
  await answer('Record');
  await expect.poll(() => started).toEqual(['TR_b']);
  expect(question()).toBeNull();
});

test('the question goes with its share', async () => {
  const { share } = show({ isAskedFirst: true });
  await share('TR_a');
  await share(null);
  expect(question()).toBeNull();
});

test('what was answered still counts when a lost connection gave the share another track', async () => {
  const yes = show({ isAskedFirst: true });
  await yes.share('TR_a');
  await answer('Record');
  await yes.share('TR_a2');
  await expect.poll(() => yes.started).toEqual(['TR_a', 'TR_a2']);
  expect(question()).toBeNull();
});

test('a no counts as well then', async () => {
  const no = show({ isAskedFirst: true });
  await no.share('TR_a');
  await answer('Not this time');
  await no.share('TR_a2');
  expect(question()).toBeNull();
  expect(no.started).toEqual([]);
});
