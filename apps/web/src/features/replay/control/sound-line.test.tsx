// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import type { VoiceConsentState, VoiceConsentUpdateInput } from '@hindsight/shared/replay/voice-consent';
import { expect, test } from 'vitest';
import { refusal } from '../../../testing/fake-api.ts';
import { renderApp } from '../../../testing/render-app.tsx';
import { SoundLine, type SoundLineProps } from './sound-line.tsx';

const HOME = '0199a000-0000-7000-8000-000000000001';
const PEOPLE = [
  { userId: 'ada', username: 'Ada', isKept: true },
  { userId: 'bo', username: 'Bo', isKept: false },
];

function show({
  consent = {},
  isAllowed = true,
  update,
  ...props
}: {
  consent?: Partial<VoiceConsentState>;
  isAllowed?: boolean;
  update?: (state: VoiceConsentState, change: VoiceConsentUpdateInput) => VoiceConsentState;
} & Partial<SoundLineProps> = {}) {
  const state: VoiceConsentState = {
    voiceConsent: 'ASK',
    keepsOwnVoice: true,
    isSupported: true,
    communities: [{ communityId: HOME, mayKeepVoice: null, isAllowed }],
    ...consent,
  };
  renderApp(<SoundLine communityId={HOME} hasShareSound others={PEOPLE} {...props} />, {
    'consent.get': () => state,
    'consent.update': (change) => update?.(state, change as VoiceConsentUpdateInput),
  });
}

const line = (text: string) => screen.findByRole('button', { name: `Sound: ${text}` });

test('says in one line what goes into the sound of clips, and on a click whose voices', async () => {
  show();
  fireEvent.click(await line('share · my microphone · 1 voice'));
  const panel = within(await screen.findByRole('dialog', { name: /^Sound: / }));
  expect(panel.getByText(/voices of those who agreed/)).toBeDefined();
  const people = panel.getByRole('list', { name: 'Voices' });
  expect(
    within(people)
      .getAllByRole('listitem')
      .map(({ textContent }) => textContent),
  ).toEqual([expect.stringMatching(/Ada.*(?<!not )kept$/), expect.stringMatching(/Bo.*not kept$/)]);
});

test('takes my own microphone out, once the server says so', async () => {
  const asked: VoiceConsentUpdateInput[] = [];
  show({
    update: (state, change) => {
      asked.push(change);
      return { ...state, keepsOwnVoice: change.keepsOwnVoice === true };
    },
  });
  fireEvent.click(await line('share · my microphone · 1 voice'));
  fireEvent.click(await screen.findByRole('switch', { name: 'My microphone' }));
  expect(screen.getByRole('switch', { name: 'My microphone' })).toHaveProperty('checked', true);
  await line('share · 1 voice');
  expect(screen.getByRole('switch', { name: 'My microphone' })).toHaveProperty('checked', false);
  expect(asked).toEqual([{ keepsOwnVoice: false }]);
});

test('goes on showing what is kept when the server fails', async () => {
  show({
    update: () => {
      throw refusal('DATABASE_UNAVAILABLE');
    },
  });
  fireEvent.click(await line('share · my microphone · 1 voice'));
  const theSwitch = await screen.findByRole('switch', { name: 'My microphone' });
  fireEvent.click(theSwitch);
  await expect.poll(() => theSwitch).toHaveProperty('disabled', false);
  expect(theSwitch).toHaveProperty('checked', true);
});

test.each([
  ['the recorder keeps none', { consent: { isSupported: false } }, /LiveKit Egress.* keeps no voices/],
  ['the community allows none', { isAllowed: false }, /This community keeps no voices/],
])('says plainly when %s', async (_name, changes, text) => {
  show({ ...changes, others: [] });
  fireEvent.click(await line('share'));
  expect(await screen.findByText(text)).toBeDefined();
  expect(screen.queryByRole('switch')).toBeNull();
});
