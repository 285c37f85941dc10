// This script runs in a browser page that shows nothing but a video.

function once(element, event) {
  return new Promise((resolve, reject) => {
    element.addEventListener(event, resolve, { once: true });
    element.addEventListener('error', () => reject(new Error(`media error ${element.error?.code}`)), {
      once: true,
    });
  });
}

globalThis.loadVideo = async (url) => {
  const element = document.querySelector('video');
  const askedAt = performance.now();
  const loaded = once(element, 'loadedmetadata').then(() => performance.now() - askedAt);
  const shown = new Promise((resolve) => {
    element.requestVideoFrameCallback(() => resolve(performance.now() - askedAt));
  });
  element.src = url;
  return { metadataMs: await loaded, pictureMs: await shown };
};

const UNDER_WAY_SECONDS = 0.2;

/** Measures the longest time for which a playing element's time stood still after it had started moving. */
async function longestStill(element, ended) {
  const from = element.currentTime;
  let at = from;
  let since = 0;
  let longestMs = 0;
  const watch = setInterval(() => {
    if (element.currentTime === at) return;
    const now = performance.now();
    if (at - from > UNDER_WAY_SECONDS) longestMs = Math.max(longestMs, now - since);
    at = element.currentTime;
    since = now;
  }, 20);
  await ended.finally(() => clearInterval(watch));
  return longestMs;
}

globalThis.playFrom = async (seconds) => {
  const element = document.querySelector('video');
  let pictures = 0;
  const sizes = new Set();
  const count = (_now, { width, height }) => {
    pictures += 1;
    sizes.add(`${width}x${height}`);
    element.requestVideoFrameCallback(count);
  };
  element.requestVideoFrameCallback(count);
  const ended = once(element, 'ended');
  element.currentTime = seconds;
  await element.play();
  const longestStillMs = await longestStill(element, ended);
  return { pictures, sizes: [...sizes], endedAtSeconds: element.currentTime, longestStillMs };
};

globalThis.durationSeconds = () => document.querySelector('video').duration;

globalThis.seekTo = async (seconds) => {
  const element = document.querySelector('video');
  const sought = once(element, 'seeked');
  const painted = new Promise((resolve) => element.requestVideoFrameCallback(resolve));
  element.currentTime = seconds;
  await sought;
  // The picture is painted after that, but not again where it is the one that was shown before.
  await Promise.race([painted, new Promise((resolve) => setTimeout(resolve, 500))]);
  for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
};

/** It tells how loud the video is. A page makes it for its element once. */
let analyser = null;

/** Returns the loudest sample of the last few milliseconds, from 0 to 1. */
function loudness() {
  const samples = new Float32Array(analyser.fftSize);
  analyser.getFloatTimeDomainData(samples);
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

const AUDIBLE = 0.01;
const passing = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

globalThis.soundAfterSeek = async (seconds) => {
  const element = document.querySelector('video');
  if (analyser === null) {
    const context = new AudioContext();
    analyser = context.createAnalyser();
    analyser.fftSize = 256;
    context.createMediaElementSource(element).connect(analyser).connect(context.destination);
    await context.resume();
  }
  element.muted = false;
  element.pause();
  while (loudness() > 0) await passing(10);
  const askedAt = performance.now();
  element.currentTime = seconds;
  await element.play();
  while (loudness() < AUDIBLE) {
    if (element.error !== null) throw new Error(`media error ${element.error.code}`);
    await passing(2);
  }
  return performance.now() - askedAt;
};

/** Returns the brightness in the middle of each block of the burnt-in clock (burnt-clock.js), whose top is at `y`. */
globalThis.clockLevels = (y) => {
  const element = document.querySelector('video');
  const canvas = document.createElement('canvas');
  canvas.width = element.videoWidth;
  canvas.height = element.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(element, 0, 0);
  return Array.from(
    { length: 40 },
    (_, bit) => context.getImageData(32 + 24 * bit + 12, y + 16, 1, 1).data[1],
  );
};

/** The body belongs to the download that has begun. */
let body = null;
const blocks = [];

globalThis.beginDownload = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`answered ${response.status}`);
  body = response.body.getReader();
  blocks.push((await body.read()).value);
};

globalThis.finishDownload = async () => {
  for (;;) {
    const { done, value } = await body.read();
    if (done) break;
    blocks.push(value);
  }
  const file = await new Blob(blocks).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', file));
  return {
    sizeBytes: file.byteLength,
    sha256: [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
};
