// Runs in a browser's page that has nothing on it but a video.

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
  await ended;
  return { pictures, sizes: [...sizes], endedAtSeconds: element.currentTime };
};
