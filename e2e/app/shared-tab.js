// Runs before the app in a tab that will be shared, and so is plain JavaScript. It stands for two things outside of the
// page: the person who chooses "this tab" in the browser's dialogue, and something worth recording on their screen.
'use strict';

const getDisplayMedia = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getDisplayMedia = (options) => {
  showClock();
  return getDisplayMedia({
    ...options,
    preferCurrentTab: true,
    video: { ...options.video, frameRate: { max: 15 } },
    // The app leaves its own tab's sound out; here it's the tab that is recorded.
    audio: { ...options.audio, restrictOwnAudio: false },
  });
};

// When somebody last pressed something, or a key, by the wall clock.
for (const type of ['click', 'keydown'])
  addEventListener(type, (event) => (globalThis.lastPressAt = performance.timeOrigin + event.timeStamp), {
    capture: true,
  });

let isClockShown = false;

/** From the first share on: a tab that nobody sees spends no time on it. */
function showClock() {
  if (isClockShown) return;
  isClockShown = true;
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 40 * 24, height: 32, ariaHidden: 'true' });
  // Above all else, and out of the way of the mouse.
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
