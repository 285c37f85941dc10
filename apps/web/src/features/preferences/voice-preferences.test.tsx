// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import type { VoiceConsentState } from '@hindsight/shared/replay/voice-consent';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { VoicePreferences } from './voice-preferences.tsx';

const COMMUNITIES = [
  { id: 'home', name: 'Home' },
  { id: 'club', name: 'Club' },
];

/** Shows the preferences of somebody who said yes in Home and nothing in Club, and lists what they ask of the server. */
function show() {
  let state: VoiceConsentState = {
    voiceConsent: 'ASK',
    keepsOwnVoice: true,
    isSupported: true,
    communities: [
      { communityId: 'home', mayKeepVoice: true, isAllowed: true },
      { communityId: 'club', mayKeepVoice: null, isAllowed: true },
    ],
  };
  const asked: unknown[] = [];
  const change = (changed: Partial<VoiceConsentState>) => (input: unknown) => {
    asked.push(input);
    return (state = { ...state, ...changed });
  };
  renderApp(<VoicePreferences communities={COMMUNITIES} />, {
    'consent.get': () => state,
    'consent.update': change({
      voiceConsent: 'NEVER',
      communities: state.communities.map((each) => ({ ...each, mayKeepVoice: null })),
    }),
    'consent.answer': change({
      communities: state.communities.map((each) => ({ ...each, mayKeepVoice: false })),
    }),
  });
  return asked;
}

test('shows what I said in general and where I answered', async () => {
  show();
  expect(await screen.findByRole('radio', { name: 'Ask me' })).toHaveProperty('checked', true);
  expect(screen.getByRole('switch', { name: 'My voice in clips of Home' })).toHaveProperty('checked', true);
  expect(screen.queryByRole('switch', { name: 'My voice in clips of Club' })).toBeNull();
  expect(screen.getByRole('switch', { name: 'My microphone in my own clips' })).toHaveProperty(
    'checked',
    true,
  );
});

test('says never everywhere, which forgets my answers', async () => {
  const asked = show();
  fireEvent.click(await screen.findByRole('radio', { name: 'Never' }));
  await expect.poll(() => screen.getByRole('radio', { name: 'Never' })).toHaveProperty('checked', true);
  expect(screen.queryByRole('switch', { name: 'My voice in clips of Home' })).toBeNull();
  expect(asked).toEqual([{ voiceConsent: 'NEVER' }]);
});

test('takes a yes in one community back', async () => {
  const asked = show();
  const answer = await screen.findByRole('switch', { name: 'My voice in clips of Home' });
  fireEvent.click(answer);
  await expect.poll(() => answer).toHaveProperty('checked', false);
  expect(asked).toEqual([{ communityId: 'home', mayKeepVoice: false }]);
});
