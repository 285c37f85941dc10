// @vitest-environment happy-dom
import { Menu } from '@mantine/core';
import { fireEvent, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../testing/render-app.tsx';
import { LazyMenu } from './lazy-menu.tsx';

function open() {
  let makings = 0;
  renderApp(
    <LazyMenu label="More" width={100}>
      {() => {
        makings += 1;
        return <Menu.Item>Rename</Menu.Item>;
      }}
    </LazyMenu>,
  );
  return { button: screen.getByRole('button', { name: 'More' }), makings: () => makings };
}

test('is made once somebody presses its button, and is open then', async () => {
  const { button, makings } = open();
  expect(makings()).toBe(0);
  fireEvent.click(button);
  expect(await screen.findByRole('menuitem', { name: 'Rename' })).toBeDefined();
});

test('is there before a mouse that came can press', async () => {
  const { button } = open();
  fireEvent.pointerEnter(button, { pointerType: 'mouse' });
  // Another button now, which a press stays with.
  const target = screen.getByRole('button', { name: 'More' });
  expect(target).not.toBe(button);
  fireEvent.mouseDown(target);
  fireEvent.click(target);
  expect(await screen.findByRole('menuitem', { name: 'Rename' })).toBeDefined();
});
