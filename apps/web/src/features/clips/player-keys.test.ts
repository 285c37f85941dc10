// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { playerCommand, runPlayerCommand } from './player-keys.ts';

const press = (key: string, modifiers = {}) =>
  playerCommand({ key, altKey: false, ctrlKey: false, metaKey: false, ...modifiers });

test.each([
  [' ', { kind: 'toggle-play' }],
  ['K', { kind: 'toggle-play' }],
  ['j', { kind: 'seek', bySeconds: -10 }],
  ['ArrowRight', { kind: 'seek', bySeconds: 5 }],
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

test.each([
  ['j', 4, 0],
  ['l', 55, 60],
  ['ArrowLeft', 20, 15],
])('%s at %d s leads to %d s, never beyond the clip', (key, from, to) => {
  const video = playerAt(from);
  const command = press(key);
  if (command !== null) runPlayerCommand(video, command);
  expect(video.currentTime).toBe(to);
});

test('speed stays between a quarter and double', () => {
  const video = playerAt(0);
  const faster = press('>');
  for (let times = 0; times < 9; times += 1) if (faster !== null) runPlayerCommand(video, faster);
  expect(video.playbackRate).toBe(2);
});
