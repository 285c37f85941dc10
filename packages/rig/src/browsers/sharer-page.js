// This script is the shared page: a document with the burnt-in clock and its beep. It runs in the browser, so it is plain
// JavaScript.
'use strict';

const canvas = document.getElementById('screen');
const context = canvas.getContext('2d');
let isPaused = false;
let motion = 0;
// Pictures that nobody takes cost more than those that are taken and encoded.
let drawEveryMs = 50;

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

// Noise costs bits: the bigger the square, the closer the share gets to its maximum bitrate.
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
    burntClock.draw(context, now);
    context.fillStyle = '#f4f4f0';
    context.fillRect(0, 190, innerWidth, 30);
    context.fillStyle = '#c22';
    context.fillRect((now / 20) % innerWidth, 195, 12, 20);
    drawMotion();
  }
  setTimeout(draw, drawEveryMs);
}

addEventListener('resize', drawDocument);
drawDocument();
draw();

const room = new LivekitClient.Room();
const share = (source) => room.localParticipant.getTrackPublication(source);
const UNPROCESSED = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const { ScreenShare, ScreenShareAudio } = LivekitClient.Track.Source;

window.sharer = {
  async start({ url, token, scalabilityMode, motionPx, ...what }) {
    motion = motionPx;
    drawEveryMs = 500 / what.video.framesPerSecond;
    if (what.hasAudio) burntClock.beepEverySecond();
    await room.connect(url, token, { autoSubscribe: false });
    await (scalabilityMode === null ? this.share(what) : this.shareInLayers({ ...what, scalabilityMode }));
    return this.tracks();
  },
  async share({ video, hasAudio, codec, isSimulcast }) {
    await room.localParticipant.setScreenShareEnabled(
      true,
      {
        audio: hasAudio && UNPROCESSED,
        preferCurrentTab: true,
        selfBrowserSurface: 'include',
        resolution: { width: video.width, height: video.height, frameRate: video.framesPerSecond },
      },
      {
        videoCodec: codec,
        simulcast: isSimulcast,
        backupCodec: false,
        // A loaded machine may drop frames, but the clock must stay readable.
        degradationPreference: 'maintain-resolution',
        screenShareEncoding: { maxBitrate: video.bitrateBps, maxFramerate: video.framesPerSecond },
      },
    );
  },
  // livekit-client gives a share one spatial layer whatever the options say, unlike other clients. It asks for the size after
  // it has announced to LiveKit that this is a share and before it chooses the layers, so the source is changed at that moment.
  async shareInLayers({ video, hasAudio, codec, scalabilityMode }) {
    const stream = await navigator.mediaDevices.getDisplayMedia({
      audio: hasAudio && UNPROCESSED,
      video: { width: video.width, height: video.height, frameRate: video.framesPerSecond },
      preferCurrentTab: true,
      selfBrowserSurface: 'include',
    });
    const [picture] = stream.getVideoTracks();
    // Chromium uses no spatial layers for content that it considers a document.
    picture.contentHint = 'motion';
    const track = new LivekitClient.LocalVideoTrack(picture);
    const dimensions = track.waitForDimensions.bind(track);
    track.waitForDimensions = () => {
      track.source = LivekitClient.Track.Source.Camera;
      return dimensions();
    };
    await room.localParticipant.publishTrack(track, {
      source: ScreenShare,
      videoCodec: codec,
      scalabilityMode,
      backupCodec: false,
      degradationPreference: 'maintain-resolution',
      videoEncoding: { maxBitrate: video.bitrateBps, maxFramerate: video.framesPerSecond },
    });
    for (const sound of stream.getAudioTracks())
      await room.localParticipant.publishTrack(sound, { source: ScreenShareAudio });
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
