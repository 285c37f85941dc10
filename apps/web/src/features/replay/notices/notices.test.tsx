// @vitest-environment happy-dom
import { configureStore } from '@reduxjs/toolkit';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { Provider } from 'react-redux';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SECOND } from '@hindsight/shared/units';
import { DEFAULT_HOTKEYS } from '../../../hotkeys/hotkey-actions.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { dialogsReducer } from '../../../domain/dialogs/dialogs.slice.ts';
import type { NoticeChoice } from '../../../domain/replay/system-notification.ts';
import { CaptureToasts } from '../capture/capture-toasts.tsx';
import { CHANNEL_ID, savedClip } from '../replay.fixtures.ts';
import { captureSettled, captureStarted, replayReducer } from '../session/replay.slice.ts';
import { NoticeOffer } from './notice-offer.tsx';

/** The browser's notifications, as far as the page uses them. */
class ShownNotification extends EventTarget {
  static permission: NotificationPermission = 'granted';
  static shown: ShownNotification[] = [];
  static requestPermission = async () => {
    ShownNotification.permission = 'granted';
    return ShownNotification.permission;
  };
  title: string;
  options: NotificationOptions;
  constructor(title: string, options: NotificationOptions) {
    super();
    this.title = title;
    this.options = options;
    ShownNotification.shown.push(this);
  }
  close() {}
}

beforeEach(() => {
  ShownNotification.permission = 'granted';
  ShownNotification.shown = [];
  vi.stubGlobal('Notification', ShownNotification);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const STILL = 'data:image/jpeg;base64,AA==';
const refused = {
  kind: 'refused',
  error: { code: 'DISK_LOW', text: 'The disk is full.', remedy: 'Ask an admin.', errorId: null },
} as const;
const accepted = {
  kind: 'accepted',
  clipId: savedClip.id,
  isShorterThanAsked: false,
  lastPictureAt: null,
} as const;

function show({ notices = 'on', isSeen = false }: { notices?: NoticeChoice; isSeen?: boolean } = {}) {
  vi.spyOn(document, 'hasFocus').mockReturnValue(isSeen);
  const preferences = { hotkeys: DEFAULT_HOTKEYS, notices, isSoundOn: true };
  const store = configureStore({
    reducer: { replay: replayReducer, dialogs: dialogsReducer, preferences: () => preferences },
  });
  const chosen: NoticeChoice[] = [];
  renderApp(
    <Provider store={store}>
      <NoticeOffer choice={notices} onChoose={(choice) => chosen.push(choice)} />
      <CaptureToasts onRemedy={() => undefined} />
    </Provider>,
    { 'clip.get': () => savedClip },
  );
  store.dispatch(
    captureStarted({
      key: 'a',
      channelId: CHANNEL_ID,
      asked: { lastSeconds: 60 },
      moment: { pressedAt: 0, wallOffsetMs: 0 },
      via: 'button',
      expectedMs: 60 * SECOND,
      stillUrl: STILL,
    }),
  );
  const settle = (outcome: typeof accepted | typeof refused) =>
    act(async () => void store.dispatch(captureSettled({ key: 'a', outcome })));
  return { settle, chosen };
}

test('a saved clip is told once to whoever does not see the page, with its picture and length', async () => {
  const { settle } = show();
  await settle(accepted);
  await waitFor(() => expect(ShownNotification.shown).toHaveLength(1));
  const [{ title, options } = { title: '', options: {} }] = ShownNotification.shown;
  expect(title).toBe('Saved, 1:00');
  expect(options).toMatchObject({ icon: STILL, body: expect.stringContaining(savedClip.title) as unknown });
  await screen.findByText('Saved');
  expect(ShownNotification.shown).toHaveLength(1);
});

test('a press that saved nothing is told with the reason', async () => {
  const { settle } = show();
  await settle(refused);
  expect(ShownNotification.shown.map(({ title, options }) => [title, options.body])).toEqual([
    ['No clip was saved', 'The disk is full. Ask an admin.'],
  ]);
});

test.each([
  ['who sees the page', { isSeen: true }],
  ['who does not want it', { notices: 'off' }],
  ['who was not asked yet', { notices: 'ask' }],
] as const)('nothing is shown to somebody %s', async (_who, how) => {
  const { settle } = show(how);
  await settle(accepted);
  await screen.findByText('Saved');
  expect(ShownNotification.shown).toEqual([]);
});

test('notifications are offered after a press that worked, and asked for only by whoever wants them', async () => {
  ShownNotification.permission = 'default';
  const { settle, chosen } = show({ notices: 'ask' });
  expect(screen.queryByRole('button', { name: 'Turn on' })).toBeNull();
  await settle(accepted);
  expect(ShownNotification.permission).toBe('default');
  fireEvent.click(await screen.findByRole('button', { name: 'Turn on' }));
  await waitFor(() => expect(chosen).toEqual(['on']));
});
