// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { beforeEach, expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { LengthField } from './length-field.tsx';

let committed: (number | null)[];
beforeEach(() => {
  committed = [];
});

function show(value: number | null) {
  renderApp(
    <LengthField aria-label="Length" value={value} onCommit={(seconds) => committed.push(seconds)} />,
  );
  return screen.getByRole<HTMLInputElement>('combobox', { name: 'Length' });
}

function type(field: HTMLElement, text: string, key = 'Enter') {
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key });
}

test('takes a typed length at Enter, and when it is left', () => {
  const field = show(300);
  expect(field.value).toBe('5 min');
  type(field, '1:30');
  fireEvent.change(field, { target: { value: '45 s' } });
  fireEvent.blur(field);
  expect(committed).toEqual([90, 45]);
});

test.each([
  ['what is no length', 'soon', 'Enter'],
  ['more than the longest length', '1441 min', 'Enter'],
  ['the length that it has', '300', 'Enter'],
  ['what is taken back', '45', 'Escape'],
])('does not take %s', (_what, text, key) => {
  const field = show(300);
  type(field, text, key);
  expect(committed).toEqual([]);
  expect(field.value).toBe('5 min');
});

test('can be emptied', () => {
  type(show(30), '');
  expect(committed).toEqual([null]);
});
