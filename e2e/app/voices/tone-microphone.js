// This script runs before the app in a person's tab, so it is plain JavaScript. Their microphone hears a tone at each whole second of
// the wall clock, for more than half of it.
'use strict';

const TONE_SECONDS = 0.6;

/** The tone has this frequency; whoever adds the script sets it before. */
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: globalThis.microphoneHz });
  const quieter = new GainNode(context, { gain: 0 });
  const microphone = context.createMediaStreamDestination();
  tone.connect(quieter).connect(microphone);
  tone.start();
  const schedule = () => {
    const second = Math.ceil((Date.now() + 200) / 1000) * 1000;
    const at = context.currentTime + (second - Date.now()) / 1000;
    quieter.gain.setValueAtTime(0.2, at);
    quieter.gain.setValueAtTime(0, at + TONE_SECONDS);
    setTimeout(schedule, second + 700 - Date.now());
  };
  schedule();
  return microphone.stream;
};
