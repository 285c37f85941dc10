// The page that is shared: a document with a clock that tests can read from any decoded frame, and a beep at each
// whole second. It runs in the browser, so it is plain JavaScript.
'use strict';

const canvas = document.getElementById('screen');
const context = canvas.getContext('2d');
let isPaused = false;
let motion = 0;

function drawDocument() {
  canvas.width = innerWidth;
  canvas.height = innerHeight;
  context.fillStyle = '#f4f4f0';
  context.fillRect(0, 0, innerWidth, innerHeight);
  context.fillStyle = '#222';
  context.font = '16px monospace';
  for (let line = 0; line < 40; line++) {
    const text = `line ${line} the quick brown fox jumps over the lazy dog 0123456789 ${(line * 7919) % 1000}`;
    context.fillText(text, 20, 260 + line * 20);
  }
}

// The clock: 40 blocks of 24x32 px at (32 + 24 * i, 140), white is 1: the time in ms modulo 2^32, most significant
// bit first, then an 8-bit checksum (sum of the four bytes + 90).
function drawClock(now) {
  const value = now % 2 ** 32;
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) & 255);
  bytes.push((bytes.reduce((sum, byte) => sum + byte, 0) + 90) & 255);
  for (let i = 0; i < 40; i++) {
    context.fillStyle = (bytes[i >> 3] >> (7 - (i & 7))) & 1 ? '#fff' : '#000';
    context.fillRect(32 + 24 * i, 140, 24, 32);
  }
}

// Noise costs bits: the bigger the square, the closer the share gets to the bitrate it may have.
function drawMotion() {
  if (motion === 0) return;
  const pixels = context.createImageData(motion, motion);
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < words.length; i++) words[i] = 0xff000000 | (Math.random() * 0xffffff);
  context.putImageData(pixels, innerWidth - motion, 260);
}

function draw() {
  if (!isPaused) {
    const now = Date.now();
    context.fillStyle = '#124';
    context.fillRect(0, 0, innerWidth, 120);
    context.fillStyle = '#fff';
    context.font = '32px monospace';
    context.fillText(new Date(now).toISOString(), 40, 80);
    drawClock(now);
    context.fillStyle = '#f4f4f0';
    context.fillRect(0, 190, innerWidth, 30);
    context.fillStyle = '#c22';
    context.fillRect((now / 20) % innerWidth, 195, 12, 20);
    drawMotion();
  }
  requestAnimationFrame(draw);
}

// 1 kHz for 100 ms, audible from each whole second of the wall clock on.
function beepEverySecond() {
  const audio = new AudioContext();
  // What is scheduled for `currentTime` is heard some 40 ms later: the output timestamp tells what is heard when.
  const contextTimeAt = (epochMs) => {
    const heard = audio.getOutputTimestamp();
    return heard.contextTime + (epochMs - performance.timeOrigin - heard.performanceTime) / 1000;
  };
  const schedule = () => {
    const second = Math.ceil((Date.now() + 200) / 1000) * 1000;
    const tone = audio.createOscillator();
    tone.frequency.value = 1000;
    tone.connect(audio.destination);
    tone.start(contextTimeAt(second));
    tone.stop(contextTimeAt(second + 100));
    setTimeout(schedule, second + 300 - Date.now());
  };
  // The mapping is known only once the output runs.
  setTimeout(schedule, 500);
}

addEventListener('resize', drawDocument);
drawDocument();
draw();

const room = new LivekitClient.Room();
const share = (source) => room.localParticipant.getTrackPublication(source);
const { ScreenShare, ScreenShareAudio } = LivekitClient.Track.Source;

window.sharer = {
  async start({ url, token, video, hasAudio, codec, motionPx }) {
    motion = motionPx;
    if (hasAudio) beepEverySecond();
    await room.connect(url, token, { autoSubscribe: false });
    await this.share({ video, hasAudio, codec });
    return this.tracks();
  },
  async share({ video, hasAudio, codec }) {
    await room.localParticipant.setScreenShareEnabled(
      true,
      {
        audio: hasAudio && { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
        preferCurrentTab: true,
        selfBrowserSurface: 'include',
        resolution: { width: video.width, height: video.height, frameRate: video.framesPerSecond },
      },
      {
        videoCodec: codec,
        simulcast: false,
        backupCodec: false,
        screenShareEncoding: { maxBitrate: video.bitrateBps, maxFramerate: video.framesPerSecond },
      },
    );
  },
  tracks: () => ({
    videoTrackSid: share(ScreenShare)?.trackSid,
    audioTrackSid: share(ScreenShareAudio)?.trackSid,
  }),
  async mute(isMuted) {
    for (const source of [ScreenShare, ScreenShareAudio]) {
      const publication = share(source);
      await (isMuted ? publication?.mute() : publication?.unmute());
    }
  },
  pauseDrawing(value) {
    isPaused = value;
  },
  async unpublish() {
    await room.localParticipant.setScreenShareEnabled(false);
  },
  async leave() {
    await room.disconnect();
  },
};
