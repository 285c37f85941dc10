import { expect, test } from 'vitest';
import { soundLineText } from './sound-line-text.ts';

test.each([
  [{ hasShareSound: true, isOwnVoiceKept: true, voiceCount: 3 }, 'share · my microphone · 3 voices'],
  [{ hasShareSound: true, isOwnVoiceKept: false, voiceCount: 1 }, 'share · 1 voice'],
  [{ hasShareSound: null, isOwnVoiceKept: true, voiceCount: 0 }, 'share · my microphone'],
  [{ hasShareSound: false, isOwnVoiceKept: true, voiceCount: 0 }, 'my microphone'],
  [{ hasShareSound: false, isOwnVoiceKept: false, voiceCount: 0 }, 'none'],
])('%j is "%s"', (sound, text) => {
  expect(soundLineText(sound)).toBe(text);
});
