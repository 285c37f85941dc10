// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { AS_SENT, isHeard } from '../sound/source-levels.ts';
import { VoiceLanes, type VoiceLane } from './voice-lanes.tsx';

/** Somebody speaks for half a minute, and is loud for two seconds in the middle. */
const levels = Array.from({ length: 300 }, (_, index) => (index >= 150 && index < 170 ? 85 : 45));
const silence = levels.map(() => 0);
const lane = (key: string, part: Partial<VoiceLane> = {}): VoiceLane => ({
  ...{ key, name: key, isMine: false, levels },
  ...part,
});

function show(lanes: readonly VoiceLane[], playheadMs: number | null = null) {
  const sought: number[] = [];
  renderApp(
    <VoiceLanes lanes={lanes} durationMs={30_000} playheadMs={playheadMs} onSeek={(ms) => sought.push(ms)} />,
  );
  return sought;
}

test('each lane has a name, and says how long it is heard', () => {
  show([lane('share', { levels: silence }), lane('Me'), lane('ada', { levels: silence })]);
  expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'share, heard for 0 seconds',
    'Me, heard for 30 seconds',
    'ada, heard for 0 seconds',
  ]);
});

test('leads to where it got loud, for which the share counts for nobody', () => {
  const sought = show([lane('share'), lane('Me'), lane('ada')]);
  fireEvent.click(screen.getByRole('button', { name: 'Go to 15 seconds, where 2 people are loud' }));
  expect(sought).toEqual([15_000]);
});

test('one voice alone is not called loud', () => {
  show([lane('share'), lane('Me')]);
  expect(screen.getByRole('region', { name: 'Who spoke when' })).toBeDefined();
  expect(screen.queryByRole('group', { name: 'It got loud' })).toBeNull();
});

test('a share without voices has no lanes', () => {
  show([lane('share')]);
  expect(screen.queryByRole('region')).toBeNull();
});

test('a press on a name mutes it, and Solo leaves it alone; neither moves the playhead', () => {
  const sought: number[] = [];
  function Chosen() {
    const [chosen, setChosen] = useState(AS_SENT);
    return (
      <>
        <VoiceLanes
          lanes={[lane('share'), lane('ada'), lane('bo')]}
          durationMs={30_000}
          onSeek={(ms) => sought.push(ms)}
          mix={{ levels: chosen, onChange: setChosen }}
        />
        <output>{['share', 'ada', 'bo'].filter((key) => isHeard(chosen, key)).join(' ')}</output>
      </>
    );
  }
  renderApp(<Chosen />);
  const press = (name: string) => {
    const button = screen.getByRole('button', { name });
    fireEvent.pointerDown(button);
    fireEvent.click(button);
    return button.getAttribute('aria-pressed');
  };
  const heard = () => screen.getByRole('status').textContent;
  expect([press('Mute ada'), heard()]).toEqual(['true', 'share bo']);
  expect([press('Mute ada'), heard()]).toEqual(['false', 'share ada bo']);
  expect([press('Solo bo'), heard()]).toEqual(['true', 'bo']);
  expect([press('Solo ada'), heard()]).toEqual(['true', 'ada']);
  expect(screen.getByRole('button', { name: 'Mute bo' }).getAttribute('aria-pressed')).toBe('true');
  expect([press('Solo ada'), heard()]).toEqual(['false', 'share ada bo']);
  expect(sought).toEqual([]);
});
