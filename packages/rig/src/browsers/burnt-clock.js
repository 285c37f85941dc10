// This script runs in the browser of a shared page, so it is plain JavaScript. It draws a clock that tests can read from any
// decoded frame, and plays a beep that they can hear.
'use strict';

globalThis.burntClock = {
  // There are 40 blocks of 24x32 px at (32 + 24 * i, 140), where white is 1. They hold the time in ms modulo 2^32, most
  // significant bit first, followed by an 8-bit checksum (the sum of the four bytes + 90).
  draw(context, now, origin = { x: 32, y: 140 }) {
    const value = now % 2 ** 32;
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 255);
    bytes.push((bytes.reduce((sum, byte) => sum + byte, 0) + 90) & 255);
    for (let i = 0; i < 40; i++) {
      context.fillStyle = (bytes[i >> 3] >> (7 - (i & 7))) & 1 ? '#fff' : '#000';
      context.fillRect(origin.x + 24 * i, origin.y, 24, 32);
    }
  },

  // The beep is 1 kHz for 100 ms and becomes audible at each whole second of the wall clock.
  beepEverySecond() {
    const audio = new AudioContext();
    // Sound scheduled for `currentTime` is heard some 40 ms later; the output timestamp says what is heard when.
    const contextTimeAt = (epochMs) => {
      const heard = audio.getOutputTimestamp();
      return heard.contextTime + (epochMs - performance.timeOrigin - heard.performanceTime) / 1000;
    };
    const schedule = () => {
      // Until something is heard, the timestamp says nothing.
      if (audio.getOutputTimestamp().contextTime === 0) {
        setTimeout(schedule, 50);
        return;
      }
      const second = Math.ceil((Date.now() + 200) / 1000) * 1000;
      const tone = audio.createOscillator();
      tone.frequency.value = 1000;
      tone.connect(audio.destination);
      tone.start(contextTimeAt(second));
      tone.stop(contextTimeAt(second + 100));
      setTimeout(schedule, second + 300 - Date.now());
    };
    // The mapping is known only once the output is running.
    setTimeout(schedule, 500);
  },
};
