// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { RangeTimeline } from './range-timeline.tsx';
import type { RangeEdge, TimeRange } from './time-range.ts';

function show() {
  const changes: [TimeRange, RangeEdge][] = [];
  function Host() {
    const [value, setValue] = useState<TimeRange>([10_000, 74_300]);
    return (
      <RangeTimeline
        durationMs={120_000}
        value={value}
        onChange={(range, edge) => {
          changes.push([range, edge]);
          setValue(range);
        }}
        minLengthMs={500}
        stepMs={100}
        shiftStepMs={1000}
        playheadMs={30_000}
        markers={[{ offsetMs: 20_000, label: 'Goal' }]}
        gaps={[{ fromMs: 50_000, toMs: 52_000 }]}
      />
    );
  }
  renderApp(<Host />);
  return changes;
}

const handle = (name: string) => screen.getByRole('slider', { name });

test('both ends are sliders that say where they are', () => {
  show();
  expect(handle('Start').getAttribute('aria-valuetext')).toBe('10 seconds');
  expect(handle('End').getAttribute('aria-valuetext')).toBe('1 minute 14.3 seconds');
  expect(screen.getByText('1:14.3')).toBeDefined();
});

test('keys move an end by small and by large steps', () => {
  const changes = show();
  fireEvent.keyDown(handle('Start'), { key: 'ArrowRight' });
  fireEvent.keyDown(handle('Start'), { key: 'ArrowRight', shiftKey: true });
  fireEvent.keyDown(handle('End'), { key: 'End' });
  expect(changes).toEqual([
    [[10_100, 74_300], 'in'],
    [[11_100, 74_300], 'in'],
    [[11_100, 120_000], 'out'],
  ]);
  expect(handle('End').getAttribute('aria-valuenow')).toBe('120000');
});

test('an end stops at the other one and at the timeline', () => {
  const changes = show();
  fireEvent.keyDown(handle('Start'), { key: 'End' });
  expect(changes).toEqual([[[73_800, 74_300], 'in']]);
  fireEvent.keyDown(handle('Start'), { key: 'ArrowRight' });
  expect(changes).toHaveLength(1);
});

test('markers and gaps are named', () => {
  show();
  expect(screen.getByTitle('Goal')).toBeDefined();
  expect(screen.getByTitle('Nothing was recorded here')).toBeDefined();
});
