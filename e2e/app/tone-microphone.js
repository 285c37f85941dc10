// This script runs before the app in a person's tab, so it is plain JavaScript. Their microphone hears one tone for ever.
'use strict';

/** The tone has this frequency; whoever adds the script sets it before. */
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: globalThis.microphoneHz });
  const quieter = new GainNode(context, { gain: 0.2 });
  const microphone = context.createMediaStreamDestination();
  tone.connect(quieter).connect(microphone);
  tone.start();
  return microphone.stream;
};
