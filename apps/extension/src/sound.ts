/** The sounds are those of the page: rising tones mean that it worked. Each tone is [Hz, start in s]. */
const SOUNDS = {
  saved: [
    [660, 0],
    [990, 0.07],
  ],
  refused: [
    [330, 0],
    [247, 0.11],
  ],
  marked: [[880, 0]],
} as const;

export type SoundName = keyof typeof SOUNDS;

const VOLUME = 0.08;
const TONE_SECONDS = 0.12;

function play(name: SoundName): void {
  const context = new AudioContext();
  for (const [frequencyHz, startSeconds] of SOUNDS[name]) {
    const at = context.currentTime + startSeconds;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = 'triangle';
    tone.frequency.value = frequencyHz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(VOLUME, at + 0.01);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + TONE_SECONDS);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + TONE_SECONDS);
  }
  setTimeout(() => void context.close(), 1000);
}

chrome.runtime.onMessage.addListener((message: { type?: string; name?: SoundName }) => {
  if (message.type === 'sound' && message.name !== undefined) play(message.name);
});
