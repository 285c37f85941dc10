// This script runs before the app in a tab that will be shared, so it is plain JavaScript. It stands for two things outside of
// the page: the person who chooses "this tab" in the browser's dialog, and something worth recording on their screen.
'use strict';

const getDisplayMedia = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = (options) => {
  showClock();
  return getDisplayMedia({
    ...options,
    preferCurrentTab: true,
    video: { ...options.video, frameRate: { max: 15 } },
    // The app leaves out the sound of its own tab, but in the tests that tab is recorded.
    audio: { ...options.audio, restrictOwnAudio: false },
  });
};

// The time of the last click or key press is by the wall clock.
for (const type of ['click', 'keydown'])
  addEventListener(type, (event) => (globalThis.lastPressAt = performance.timeOrigin + event.timeStamp), {
    capture: true,
  });

let isClockShown = false;

/** Starts the clock at the first share; a tab that nobody sees spends no time on it. */
function showClock() {
  if (isClockShown) return;
  isClockShown = true;
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 40 * 24, height: 32, ariaHidden: 'true' });
  // The clock is above everything else and does not catch the mouse.
  canvas.style = 'position: fixed; left: 32px; top: 140px; z-index: 2147483647; pointer-events: none';
  document.documentElement.append(canvas);
  const context = canvas.getContext('2d');
  const draw = () => {
    burntClock.draw(context, Date.now(), { x: 0, y: 0 });
    setTimeout(() => requestAnimationFrame(draw), 40);
  };
  draw();
  burntClock.beepEverySecond();
}
