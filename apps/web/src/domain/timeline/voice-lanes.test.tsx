// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { VoiceLanes, type VoiceLane } from './voice-lanes.tsx';

/** Somebody speaks for half a minute, and is loud for two seconds in the middle. */
const levels = Array.from({ length: 300 }, (_, index) => (index >= 150 && index < 170 ? 85 : 45));
const silence = levels.map(() => 0);
const lane = (key: string, part: Partial<VoiceLane> = {}): VoiceLane => ({
  ...{ key, name: key, isVoice: true, levels },
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
  show([lane('Share', { isVoice: false, levels: silence }), lane('Me'), lane('ada', { levels: silence })]);
  expect(screen.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    'Share, heard for 0 seconds',
    'Me, heard for 30 seconds',
    'ada, heard for 0 seconds',
  ]);
});

test('leads to where it got loud, for which the share counts for nobody', () => {
  const sought = show([lane('Share', { isVoice: false }), lane('Me'), lane('ada')]);
  fireEvent.click(screen.getByRole('button', { name: 'Go to 15 seconds, where 2 people are loud' }));
  expect(sought).toEqual([15_000]);
});

test('one voice alone is not called loud', () => {
  show([lane('Share', { isVoice: false }), lane('Me')]);
  expect(screen.getByRole('region', { name: 'Who spoke when' })).toBeDefined();
  expect(screen.queryByRole('group', { name: 'It got loud' })).toBeNull();
});

test('a share without voices has no lanes', () => {
  show([lane('Share', { isVoice: false })]);
  expect(screen.queryByRole('region')).toBeNull();
});
