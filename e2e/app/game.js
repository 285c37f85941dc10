// This script runs before the app in a tab, for the screenshots. It replaces the shared screen with a small game that plays
// itself, as if the person had chosen the game's window in the browser's dialog.
'use strict';

const WIDTH = 1280;
const HEIGHT = 720;

function startGame() {
  const canvas = Object.assign(document.createElement('canvas'), { width: WIDTH, height: HEIGHT });
  const context = canvas.getContext('2d');
  const stars = Array.from({ length: 160 }, (_, index) => ({
    x: (index * 7919) % WIDTH,
    y: (index * 104_729) % (HEIGHT * 0.6),
    size: 1 + (index % 3),
  }));

  function sky(seconds) {
    const gradient = context.createLinearGradient(0, 0, 0, HEIGHT);
    gradient.addColorStop(0, '#0b1033');
    gradient.addColorStop(0.55, '#5b2a86');
    gradient.addColorStop(0.62, '#ff7e5f');
    gradient.addColorStop(0.621, '#120a2a');
    gradient.addColorStop(1, '#1d0f3f');
    context.fillStyle = gradient;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = '#fff';
    for (const { x, y, size } of stars) {
      context.globalAlpha = 0.4 + 0.6 * Math.abs(Math.sin(seconds + x));
      context.fillRect((x - seconds * 6 * size + WIDTH * 100) % WIDTH, y, size, size);
    }
    context.globalAlpha = 1;
    context.fillStyle = '#ffd27a';
    context.beginPath();
    context.arc(WIDTH / 2, HEIGHT * 0.62, 130, Math.PI, 0);
    context.fill();
  }

  function road(seconds) {
    const horizon = HEIGHT * 0.621;
    context.strokeStyle = '#2dd4bf';
    context.lineWidth = 2;
    for (let lane = -14; lane <= 14; lane++) {
      context.beginPath();
      context.moveTo(WIDTH / 2 + lane * 22, horizon);
      context.lineTo(WIDTH / 2 + lane * 260, HEIGHT);
      context.stroke();
    }
    for (let row = 0; row < 12; row++) {
      const depth = ((row + ((seconds * 3) % 1)) / 12) ** 2.4;
      context.globalAlpha = 0.25 + 0.75 * depth;
      context.beginPath();
      context.moveTo(0, horizon + depth * (HEIGHT - horizon));
      context.lineTo(WIDTH, horizon + depth * (HEIGHT - horizon));
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  function car(seconds) {
    const x = WIDTH / 2 + Math.sin(seconds * 0.9) * 190;
    context.fillStyle = '#e11d63';
    context.fillRect(x - 86, 600, 172, 46);
    context.fillStyle = '#7c1144';
    context.beginPath();
    context.moveTo(x - 66, 600);
    context.lineTo(x - 42, 562);
    context.lineTo(x + 42, 562);
    context.lineTo(x + 66, 600);
    context.fill();
    context.fillStyle = '#ff5c5c';
    context.fillRect(x - 80, 612, 34, 12);
    context.fillRect(x + 46, 612, 34, 12);
    context.fillStyle = '#0b0818';
    context.fillRect(x - 84, 646, 38, 22);
    context.fillRect(x + 46, 646, 38, 22);
  }

  function display(seconds) {
    context.fillStyle = '#fff';
    context.font = '700 30px system-ui, sans-serif';
    context.fillText(`LAP ${1 + Math.floor(seconds / 40)} / 3`, 40, 60);
    context.textAlign = 'right';
    context.fillText(`${Math.round(212 + 30 * Math.sin(seconds * 1.7))} km/h`, WIDTH - 40, 60);
    context.textAlign = 'left';
    context.fillStyle = '#2dd4bf';
    context.fillText(`${(83 + seconds).toFixed(2)} s`, 40, 100);
  }

  const startedAt = performance.now();
  const draw = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    sky(seconds);
    road(seconds);
    car(seconds);
    display(seconds);
    requestAnimationFrame(draw);
  };
  draw();
  return canvas.captureStream(30);
}

navigator.mediaDevices.getDisplayMedia = async () => startGame();
