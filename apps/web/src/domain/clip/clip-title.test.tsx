// @vitest-environment happy-dom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { expect, test } from 'vitest';
import { trpc } from '../../api/trpc.ts';
import { refusal } from '../../testing/fake-api.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { ClipTitle } from './clip-title.tsx';

const clip = { id: '0199a000-0000-7000-8000-00000000c11b', title: 'Lounge, 5 min' };

function show() {
  const updates: unknown[] = [];
  renderApp(<ClipTitle clip={clip} size="sm" />, {
    'clip.update'(input) {
      updates.push(input);
      return { ...clip, title: 'Triple kill' };
    },
  });
  return updates;
}

const field = () => screen.getByRole('textbox', { name: 'Title' });
const type = (value: string) => fireEvent.change(field(), { target: { value } });

test('saves a new title when the field is left', async () => {
  const updates = show();
  type('  Triple kill ');
  fireEvent.blur(field());
  await waitFor(() => expect(updates).toEqual([{ clipId: clip.id, title: 'Triple kill' }]));
});

test.each(['', '   ', 'Lounge, 5 min'])('keeps the title when "%s" is left in the field', (value) => {
  const updates = show();
  type(value);
  fireEvent.blur(field());
  expect(updates).toEqual([]);
  expect(field()).toHaveProperty('value', 'Lounge, 5 min');
});

test('Escape takes the change back', () => {
  show();
  type('Tripel');
  fireEvent.keyDown(field(), { key: 'Escape' });
  expect(field()).toHaveProperty('value', 'Lounge, 5 min');
});

test('shows the old title again when the new one was refused', async () => {
  renderApp(<ClipTitle clip={clip} size="sm" />, {
    'clip.update'() {
      throw refusal('NOT_FOUND');
    },
  });
  type('Triple kill');
  fireEvent.blur(field());
  await waitFor(() => expect(field()).toHaveProperty('value', 'Lounge, 5 min'));
});

test('a clip that isn’t accepted yet can be named already', async () => {
  const updates: unknown[] = [];
  function Arriving() {
    const [isHere, setHere] = useState(false);
    return (
      <>
        <ClipTitle clip={isHere ? clip : null} size="sm" />
        <button type="button" onClick={() => setHere(true)}>
          accept
        </button>
      </>
    );
  }
  renderApp(<Arriving />, {
    'clip.update'(input) {
      updates.push(input);
      return { ...clip, title: 'Ace' };
    },
  });
  type('Ace');
  fireEvent.blur(field());
  fireEvent.click(screen.getByRole('button', { name: 'accept' }));
  await waitFor(() => expect(updates).toEqual([{ clipId: clip.id, title: 'Ace' }]));
});

test('the new title stays while an answer with the old one is on its way', async () => {
  let answerLate = () => {};
  let asked = 0;
  function Loaded() {
    const { data, refetch } = trpc.clip.get.useQuery({ clipId: clip.id });
    return (
      <>
        {data !== undefined && <ClipTitle clip={data} size="sm" />}
        <p>{data?.title}</p>
        <button type="button" onClick={() => void refetch()}>
          ask again
        </button>
      </>
    );
  }
  renderApp(<Loaded />, {
    'clip.get'() {
      asked += 1;
      return asked === 1 ? clip : new Promise((resolve) => (answerLate = () => resolve(clip)));
    },
    // The server is slow to answer.
    'clip.update': () => new Promise(() => {}),
  });
  await screen.findByText(clip.title);
  fireEvent.click(screen.getByRole('button', { name: 'ask again' }));
  await waitFor(() => expect(asked).toBe(2));
  type('Triple kill');
  fireEvent.blur(field());
  await screen.findByText('Triple kill');
  answerLate();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(screen.queryByText('Triple kill')).not.toBeNull();
});
