// @vitest-environment happy-dom
import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { MoveHereDialog } from './move-here-dialog.tsx';

function show(elsewhere: { isSharing: boolean; isRecorded: boolean } | null) {
  const chosen: string[] = [];
  renderApp(
    <MoveHereDialog
      elsewhere={elsewhere}
      onMove={() => chosen.push('move')}
      onClose={() => chosen.push('stay')}
    />,
  );
  return chosen;
}

test.each([
  [{ isSharing: false, isRecorded: false }, 'You are here in another tab', /disconnects it\.$/],
  [{ isSharing: true, isRecorded: false }, 'You are sharing in another tab', /and ends your share there\.$/],
  [{ isSharing: true, isRecorded: true }, 'You are sharing in another tab', /and its recording with it/],
])('says what joining here ends: %o', async (elsewhere, title, text) => {
  show(elsewhere);
  await screen.findByRole('dialog', { name: title });
  expect(screen.getByText(text)).toBeDefined();
});

test('moves only when asked to', async () => {
  const chosen = show({ isSharing: true, isRecorded: true });
  fireEvent.click(await screen.findByRole('button', { name: 'Stay there' }));
  fireEvent.click(screen.getByRole('button', { name: 'Move here' }));
  expect(chosen).toEqual(['stay', 'move']);
});
