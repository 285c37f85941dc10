// This script stands for a person who shares a window: a canvas with the burnt-in clock, which `minimiseWindow(true)` shrinks to 2x2 pixels,
// as Chromium 156 on X11 captures a window that is minimised.
'use strict';

const sharedWindow = document.createElement('canvas');
const windowContext = sharedWindow.getContext('2d');

globalThis.minimiseWindow = (isMinimised) => {
  Object.assign(sharedWindow, isMinimised ? { width: 2, height: 2 } : { width: 1280, height: 720 });
};
minimiseWindow(false);

navigator.mediaDevices.getDisplayMedia = async () => {
  setInterval(() => {
    // The clock lies outside of the smallest picture, which must change, too, or no frame is captured.
    windowContext.fillRect(0, 0, 2, 2);
    burntClock.draw(windowContext, Date.now());
  }, 70);
  return sharedWindow.captureStream(15);
};

for (const type of ['click', 'keydown'])
  addEventListener(type, (event) => (globalThis.lastPressAt = performance.timeOrigin + event.timeStamp), {
    capture: true,
  });
