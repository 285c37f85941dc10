// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { ShareTargetPicker } from './share-target-picker.tsx';
import type { ShareTargetOption } from './share-target.ts';

const OPTIONS: ShareTargetOption[] = [
  {
    key: 'channel:c1',
    kind: 'channel',
    icon: 'channel',
    label: 'highlights',
    detail: 'Home',
    destination: { channelId: 'c1' },
  },
  {
    key: 'person:p1',
    kind: 'person',
    icon: 'person',
    label: 'bo',
    detail: null,
    destination: { userId: 'p1' },
  },
];

function Picker({ onSearch }: { onSearch?: (search: string) => void }) {
  const [value, setValue] = useState<ShareTargetOption | null>(null);
  return (
    <ShareTargetPicker
      label="Save to"
      options={OPTIONS}
      value={value}
      onChange={setValue}
      onSearch={onSearch}
    />
  );
}

test('keeps it in the library until a place is picked', async () => {
  renderApp(<Picker />);
  const field = screen.getByRole('button', { name: /Save to|My clips only/ });
  expect(field.textContent).toBe('My clips only');
  fireEvent.click(field);
  fireEvent.click(await screen.findByRole('option', { name: /highlights/ }));
  expect(field.textContent).toContain('highlights');
  fireEvent.click(field);
  fireEvent.click(await screen.findByRole('option', { name: 'My clips only' }));
  expect(field.textContent).toBe('My clips only');
});

test('finds by typing, and by the keyboard alone', async () => {
  const searches: string[] = [];
  renderApp(<Picker onSearch={(search) => searches.push(search)} />);
  const field = screen.getByRole('button', { name: /Save to|My clips only/ });
  fireEvent.click(field);
  const input = await screen.findByRole('textbox', { name: 'Search channels and people' });
  fireEvent.change(input, { target: { value: 'bo' } });
  expect(screen.queryByRole('option', { name: /highlights/ })).toBeNull();
  fireEvent.keyDown(input, { key: 'ArrowDown', code: 'ArrowDown' });
  fireEvent.keyDown(input, { key: 'Enter', code: 'Enter' });
  expect(field.textContent).toContain('bo');
  expect(searches).toContain('bo');
});
