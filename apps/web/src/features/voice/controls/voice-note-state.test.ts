import type { RoomSession } from '@hindsight/shared/replay/replay';
import type { VoiceConsentState } from '@hindsight/shared/replay/voice-consent';
import { expect, test } from 'vitest';
import { voiceNoteState } from './voice-note-state.ts';

const me = { userId: 'me', username: 'Me' };
const HOME = 'home';

/** Makes somebody's running recording, which keeps these people's voices. */
function recordingOf(username: string, voices: RoomSession['voices'] = []): RoomSession {
  const session = {
    quality: '720p',
    startedAt: '2026-11-29T20:00:00Z',
    durationMinutes: 1,
    health: 'OK',
  } as const;
  return { ...session, id: `of ${username}`, userId: username.toLowerCase(), username, voices };
}

function consent(
  changes: Partial<VoiceConsentState> = {},
  here: Partial<VoiceConsentState['communities'][number]> = {},
): VoiceConsentState {
  return {
    voiceConsent: 'ASK',
    keepsOwnVoice: true,
    isSupported: true,
    communities: [{ communityId: HOME, mayKeepVoice: null, isAllowed: true, ...here }],
    ...changes,
  };
}

const note = (sessions: RoomSession[], state: VoiceConsentState | null = consent()) =>
  voiceNoteState({ sessions, myUserId: 'me', communityId: HOME, consent: state });

test('asks once others are recorded, by their names', () => {
  expect(note([recordingOf('Ada'), recordingOf('Bo')])).toEqual({ kind: 'question', names: ['Ada', 'Bo'] });
});

test.each([
  ['nobody is recorded', [], consent()],
  ['only I am recorded', [recordingOf('Me', [me])], consent()],
  ['it is not known what I have said', [recordingOf('Ada')], null],
  ['the recorder keeps no voices', [recordingOf('Ada')], consent({ isSupported: false })],
  ['the community allows no voices', [recordingOf('Ada')], consent({}, { isAllowed: false })],
  ['I am in no such community', [recordingOf('Ada')], consent({ communities: [] })],
  ['I say never in general', [recordingOf('Ada')], consent({ voiceConsent: 'NEVER' })],
  ['I have agreed and it is about to be kept', [recordingOf('Ada')], consent({}, { mayKeepVoice: true })],
])('is silent when %s', (_name, sessions, state) => {
  expect(note(sessions, state)).toBeNull();
});

test('says by whom my voice is kept, whatever is known of my consent', () => {
  const sessions = [
    recordingOf('Ada', [{ userId: 'bo', username: 'Bo' }]),
    recordingOf('Bo', [me]),
    recordingOf('Me', [me]),
  ];
  expect(note(sessions)).toEqual({ kind: 'kept', names: ['Bo'] });
  expect(note(sessions, null)).toEqual({ kind: 'kept', names: ['Bo'] });
});

test('says that I am left out while I could let myself in again', () => {
  const left = { kind: 'left-out', names: ['Ada'] };
  expect(note([recordingOf('Ada')], consent({}, { mayKeepVoice: false }))).toEqual(left);
  expect(note([recordingOf('Ada')], consent({ voiceConsent: 'ALWAYS' }, { mayKeepVoice: false }))).toEqual(
    left,
  );
});
