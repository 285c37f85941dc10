// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { NumberField } from './number-field.tsx';

function show() {
  const committed: number[] = [];
  renderApp(<NumberField label="Limit" value={5} min={0} max={100} onCommit={(n) => committed.push(n)} />);
  const field = screen.getByRole('textbox', { name: 'Limit' });
  return {
    committed,
    field,
    type: (text: string) => fireEvent.change(field, { target: { value: text } }),
  };
}

test('counts at Enter, and once only', () => {
  const { committed, field, type } = show();
  type('7');
  expect(committed).toEqual([]);
  fireEvent.keyDown(field, { key: 'Enter' });
  fireEvent.blur(field);
  expect(committed).toEqual([7]);
});

test('counts when the field is left', () => {
  const { committed, field, type } = show();
  type('0');
  fireEvent.blur(field);
  expect(committed).toEqual([0]);
});

test.each(['', '5', '101'])('“%s” changes nothing', (text) => {
  const { committed, field, type } = show();
  type(text);
  fireEvent.keyDown(field, { key: 'Enter' });
  expect(committed).toEqual([]);
  expect(field).toHaveProperty('value', '5');
});

test('Escape takes it back', () => {
  const { committed, field, type } = show();
  type('7');
  fireEvent.keyDown(field, { key: 'Escape' });
  expect(field).toHaveProperty('value', '5');
  fireEvent.blur(field);
  expect(committed).toEqual([]);
});
