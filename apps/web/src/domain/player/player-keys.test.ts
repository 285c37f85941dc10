// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { isKeyOfTarget, playerCommand, runPlayerCommand } from './player-keys.ts';

const press = (key: string, modifiers = {}) =>
  playerCommand({ key, altKey: false, ctrlKey: false, metaKey: false, ...modifiers });

test.each([
  [' ', { kind: 'toggle-play' }],
  ['K', { kind: 'toggle-play' }],
  ['j', { kind: 'seek', bySeconds: -10 }],
  ['ArrowRight', { kind: 'seek', bySeconds: 5 }],
  ['N', { kind: 'marker', direction: 1 }],
  ['x', null],
])('%s is %j', (key, command) => {
  expect(press(key)).toEqual(command);
});

test('leaves shortcuts of the browser and of the app alone', () => {
  expect(press('l', { ctrlKey: true })).toBeNull();
  expect(press('f', { metaKey: true })).toBeNull();
});

function playerAt(currentTime: number, duration = 60): HTMLVideoElement {
  const video = document.createElement('video');
  Object.defineProperty(video, 'duration', { value: duration });
  Object.defineProperty(video, 'currentTime', { value: currentTime, writable: true });
  return video;
}

function run(video: HTMLVideoElement, key: string, markersMs: number[] = []): void {
  const command = press(key);
  if (command !== null) runPlayerCommand({ video, frame: video, markersMs }, command);
}

test.each([
  ['j', 4, 0],
  ['l', 55, 60],
  ['ArrowLeft', 20, 15],
  ['n', 20, 30],
  ['p', 20, 10],
  ['n', 50, 50],
])('%s at %d s leads to %d s, never beyond the clip', (key, from, to) => {
  const video = playerAt(from);
  run(video, key, [10_000, 30_000]);
  expect(video.currentTime).toBe(to);
});

test('speed stays between a quarter and double', () => {
  const video = playerAt(0);
  for (let times = 0; times < 9; times += 1) run(video, '>');
  expect(video.playbackRate).toBe(2);
});

test.each([
  ['<button>x</button>', ' ', true],
  ['<button>x</button>', 'k', false],
  ['<input>', 'k', true],
  ['<div role="slider"></div>', 'ArrowLeft', true],
  ['<div role="slider"></div>', 'k', false],
  ['<div role="dialog"><p>x</p></div>', 'k', true],
])('%s keeps "%s" for itself: %s', (html, key, isKept) => {
  document.body.innerHTML = html;
  const target = document.body.firstElementChild;
  expect(isKeyOfTarget({ key, target })).toBe(isKept);
});
