// @vitest-environment happy-dom
import type { RemoteTrack } from 'livekit-client';
import { expect, test } from 'vitest';
import { createRemoteSound } from './remote-sound.ts';

/** Makes a track that plays in an element, as LiveKit's do. */
function playedTrack(): { track: RemoteTrack; element: HTMLAudioElement } {
  const element = document.createElement('audio');
  const track = { attach: () => element, detach: () => [element] } as Partial<RemoteTrack> as RemoteTrack;
  return { track, element };
}

/** Unmutes an element as LiveKit does when a share is published; browsers then tell that its volume has changed. */
function unmute(element: HTMLAudioElement): void {
  element.muted = false;
  element.dispatchEvent(new Event('volumechange'));
}

test('who is deafened hears nobody, whoever else unmutes what is played, until they hear again', () => {
  const sound = createRemoteSound();
  const [early, late] = [playedTrack(), playedTrack()];
  sound.add(early.track);
  expect(early.element.muted).toBe(false);
  sound.setMuted(true);
  sound.add(late.track);
  for (const { element } of [early, late]) {
    expect(element.muted).toBe(true);
    unmute(element);
    expect(element.muted).toBe(true);
  }
  sound.setMuted(false);
  for (const { element } of [early, late]) expect(element.muted).toBe(false);
});
