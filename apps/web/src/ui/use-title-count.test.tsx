// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../testing/render-app.tsx';
import { useTitleCount } from './use-title-count.ts';

function Counted() {
  const [count, setCount] = useState(3);
  useTitleCount(count);
  return <button onClick={() => setCount(0)}>Read all</button>;
}

test('the count stands before whatever title the page sets, and goes with it', async () => {
  document.title = 'general · Hindsight';
  renderApp(<Counted />);
  expect(document.title).toBe('(3) general · Hindsight');
  document.title = 'My clips · Hindsight';
  await waitFor(() => expect(document.title).toBe('(3) My clips · Hindsight'));
  fireEvent.click(screen.getByRole('button', { name: 'Read all' }));
  await waitFor(() => expect(document.title).toBe('My clips · Hindsight'));
});
