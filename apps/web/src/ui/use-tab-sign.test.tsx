// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../testing/render-app.tsx';
import { useTabSign, type TabSign } from './use-tab-sign.ts';

function Signed() {
  const [count, setCount] = useState(3);
  const [sign, setSign] = useState<TabSign>('none');
  useTabSign(sign, count);
  return (
    <>
      <button onClick={() => setCount(0)}>Read all</button>
      <button onClick={() => setSign('on')}>Record</button>
      <button onClick={() => setSign('lost')}>Lose</button>
    </>
  );
}

const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

test('the count stands before whatever title the page sets, and goes with it', async () => {
  document.title = 'general · Hindsight';
  renderApp(<Signed />);
  expect(document.title).toBe('(3) general · Hindsight');
  document.title = 'My clips · Hindsight';
  await waitFor(() => expect(document.title).toBe('(3) My clips · Hindsight'));
  press('Read all');
  await waitFor(() => expect(document.title).toBe('My clips · Hindsight'));
});

test('the tab says by title and icon that one is recorded, and that one no longer is', async () => {
  document.head.innerHTML = '<link rel="icon" href="/icon.svg" />';
  document.title = 'Lounge · Hindsight';
  renderApp(<Signed />);
  const icon = () => document.querySelector('link[rel="icon"]')?.getAttribute('href');
  press('Record');
  await waitFor(() => expect(document.title).toBe('● (3) Lounge · Hindsight'));
  expect(icon()).toBe('/icon-recording.svg');
  press('Lose');
  await waitFor(() => expect(document.title).toBe('⚠ Not recorded · (3) Lounge · Hindsight'));
  expect(icon()).toBe('/icon-lost.svg');
});
