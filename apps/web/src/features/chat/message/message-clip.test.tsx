// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';
import { renderApp } from '../../../testing/render-app.tsx';
import { sharedClip } from '../chat.fixtures.ts';
import { MessageClip } from './message-clip.tsx';

/** Shows a clip in a message, whose file is made again when the button is pressed. */
function Improving() {
  const [version, setVersion] = useState(1);
  return (
    <>
      <MessageClip clip={{ state: 'present', clip: sharedClip({ videoUrl: `/video?v=${version}` }) }} />
      <button onClick={() => setVersion(version + 1)}>Improve</button>
    </>
  );
}

const video = () => document.querySelector('video') as HTMLVideoElement;
const src = () => video().getAttribute('src');
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }));

test('who has not begun to watch gets the newest file', () => {
  renderApp(<Improving />);
  press('Improve');
  expect(src()).toBe('/video?v=2');
});

test('who is watching goes on with the file they have, and when it is gone with the new one from there', () => {
  renderApp(<Improving />);
  press(/^Play /);
  video().currentTime = 12;
  press('Improve');
  expect(src()).toBe('/video?v=1');
  const play = vi.spyOn(video(), 'play');
  // What a browser does with another address.
  video().addEventListener('error', () => {
    video().currentTime = 0;
  });
  fireEvent.error(video());
  expect(src()).toBe('/video?v=2');
  expect(video().currentTime).toBe(12);
  expect(play).toHaveBeenCalledTimes(1);
});
