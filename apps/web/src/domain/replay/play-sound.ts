import { SECOND } from '@hindsight/shared/units';

/**
 * Each sound is a series of tones: [Hz, start in s]. Rising tones mean that it worked, falling ones that it did not.
 */
const SOUNDS = {
  captured: [
    [660, 0],
    [990, 0.07],
  ],
  refused: [
    [330, 0],
    [247, 0.11],
  ],
  marked: [[880, 0]],
  saved: [
    [784, 0],
    [988, 0.09],
    [1319, 0.18],
  ],
  lost: [
    [440, 0],
    [330, 0.14],
    [220, 0.28],
  ],
} as const satisfies Record<string, readonly (readonly [frequencyHz: number, startSeconds: number])[]>;

export type Sound = keyof typeof SOUNDS;

/** The volume is quiet beside a game, and still loud enough to be heard over one. */
const VOLUME = 0.06;
const TONE_SECONDS = 0.12;

/** Plays one of the app's own short sounds, also in the browser extension. It stays silent where the browser allows none. */
export function playSound(sound: Sound, volume = VOLUME): void {
  if (!('AudioContext' in window)) return;
  const context = new AudioContext();
  for (const [frequencyHz, startSeconds] of SOUNDS[sound]) {
    const at = context.currentTime + startSeconds;
    const tone = context.createOscillator();
    const fade = context.createGain();
    tone.type = 'triangle';
    tone.frequency.value = frequencyHz;
    // The tone fades in and out, because a tone that is cut off clicks.
    fade.gain.setValueAtTime(0, at);
    fade.gain.linearRampToValueAtTime(volume, at + 0.01);
    fade.gain.exponentialRampToValueAtTime(0.0001, at + TONE_SECONDS);
    tone.connect(fade).connect(context.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  }
  setTimeout(() => void context.close(), SECOND);
}
