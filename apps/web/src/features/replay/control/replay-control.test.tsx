// @vitest-environment happy-dom
import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { DEFAULT_PRESS_LENGTHS } from '@hindsight/shared/replay/lengths';
import { DEFAULT_WINDOW_MS } from '@hindsight/shared/replay/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { renderApp } from '../../../testing/render-app.tsx';
import { bufferAt } from './buffer-view.ts';
import { ReplayControl, type ReplayControlProps } from './replay-control.tsx';
import { endedSession, session, snapshot } from '../replay.fixtures.ts';
import type { Remedy } from '../session/error-remedy.ts';
import type { Press } from '../capture/use-capture.ts';

function show(changes: Partial<ReplayControlProps> = {}) {
  const heard = { switched: [] as boolean[], presses: [] as Press[], remedies: [] as Remedy[] };
  renderApp(
    <ReplayControl
      state="not-sharing"
      isWanted={false}
      buffer={null}
      windowMs={DEFAULT_WINDOW_MS}
      error={null}
      obstacle={null}
      canCapture
      lengths={DEFAULT_PRESS_LENGTHS}
      onSwitch={(isOn) => heard.switched.push(isOn)}
      onCapture={(press) => heard.presses.push(press)}
      onRemedy={(remedy) => heard.remedies.push(remedy)}
      onDismissError={() => undefined}
      {...changes}
    />,
  );
  return heard;
}

const theSwitch = () => screen.getByRole('switch', { name: 'Enable Replay Buffer' });
const saveButton = (length: string) =>
  screen.getByRole('button', { name: new RegExp(`^Save last ${length}\\b`) });

describe('not sharing', () => {
  test('offers the switch with one sentence and nothing to save', () => {
    const heard = show();
    expect(theSwitch()).toHaveProperty('checked', false);
    expect(screen.getByText(/last 10:00 of your next share/)).toBeDefined();
    expect(screen.queryByRole('button')).toBeNull();
    fireEvent.click(theSwitch());
    expect(heard.switched).toEqual([true]);
  });

  test('remembers the wish', () => {
    show({ isWanted: true });
    expect(theSwitch()).toHaveProperty('checked', true);
    expect(screen.getByText('Your next share starts it by itself.')).toBeDefined();
  });

  test('after a share its last minutes can be saved while they are kept', () => {
    const buffer = bufferAt(snapshot(endedSession(10 * MINUTE), [-11 * MINUTE, -MINUTE]), 19 * SECOND);
    const heard = show({ buffer });
    expect(screen.getByText('9:41')).toBeDefined();
    expect(screen.getByText('10:00')).toBeDefined();
    fireEvent.click(saveButton('10 min'));
    expect(heard.presses.map(({ seconds }) => seconds)).toEqual([600]);
  });
});

describe('sharing and off', () => {
  test('the switch acts at once', () => {
    const heard = show({ state: 'off' });
    expect(theSwitch()).toHaveProperty('checked', false);
    fireEvent.click(theSwitch());
    expect(heard.switched).toEqual([true]);
  });

  test('says why it can’t be used by this person', () => {
    show({ state: 'off', obstacle: 'PERMISSION_DENIED' });
    expect(theSwitch()).toHaveProperty('disabled', true);
    expect(screen.getByText(/Permission denied/)).toBeDefined();
  });

  test('an error tells what happened and has a button that helps', () => {
    const error = { code: 'QUOTA_EXCEEDED', text: 'Full.', remedy: 'Delete clips.', errorId: null } as const;
    const heard = show({ state: 'off', error });
    const alert = within(screen.getByRole('alert'));
    expect(alert.getByText('Full.')).toBeDefined();
    fireEvent.click(alert.getByRole('button', { name: 'Manage clips' }));
    expect(heard.remedies).toEqual(['manage-clips']);
  });

  test('a start can be taken back before the server has answered', () => {
    const heard = show({ state: 'starting' });
    expect(theSwitch()).toHaveProperty('checked', true);
    fireEvent.click(theSwitch());
    expect(heard.switched).toEqual([false]);
  });

  test('a recording that waits for room on the disk says so, and can be switched off', () => {
    const heard = show({ state: 'waiting' });
    expect(screen.getAllByText(/disk is full\. Recording goes on by itself/)).toHaveLength(2);
    fireEvent.click(theSwitch());
    expect(heard.switched).toEqual([false]);
  });

  test('waits for a stop without taking a second press', () => {
    show({ state: 'stopping' });
    expect(theSwitch()).toHaveProperty('checked', false);
    expect(theSwitch()).toHaveProperty('disabled', true);
  });
});

describe('on', () => {
  const buffer = bufferAt(snapshot(session(), [-2 * MINUTE, 0]), 14 * SECOND);

  test('says that the sharer is recorded, and how much is kept', () => {
    show({ state: 'active', buffer });
    expect(screen.getByText('You are being recorded into your replay buffer')).toBeDefined();
    expect(screen.getByRole('meter', { name: 'Replay buffer' }).getAttribute('aria-valuetext')).toBe(
      '2 minutes 14 seconds of 10 minutes kept',
    );
  });

  test('offers all lengths at one click, those not buffered yet with what they give', () => {
    const heard = show({ state: 'active', buffer });
    expect(saveButton('1 min').textContent).toBe('Save last 1 min');
    expect(saveButton('5 min').textContent).toBe('Save last 5 min 2:14');
    for (const length of ['1 min', '2 min', '5 min', '10 min']) fireEvent.click(saveButton(length));
    expect(heard.presses.map(({ seconds }) => seconds)).toEqual([60, 120, 300, 600]);
  });

  test('offers the lengths that were chosen, and always the default length', () => {
    const heard = show({ state: 'active', buffer, lengths: { defaultSeconds: 45, buttonSeconds: [15, 90] } });
    for (const length of ['15 s', '45 s', '1:30']) fireEvent.click(saveButton(length));
    expect(heard.presses.map(({ seconds }) => seconds)).toEqual([15, 45, 90]);
  });

  test('nothing can be saved before something is kept', () => {
    show({ state: 'active', buffer: bufferAt(snapshot(session()), 0) });
    expect(saveButton('5 min')).toHaveProperty('disabled', true);
  });

  test('tells when no new picture arrives', () => {
    const degraded = bufferAt(snapshot(session({ health: 'DEGRADED' }), [-MINUTE, 0]), 0);
    show({ state: 'active', buffer: degraded });
    expect(screen.getByText(/No new picture or sound arrives/)).toBeDefined();
  });

  test('does not claim to know more than a silent server has said', () => {
    show({ state: 'active', buffer, isServerSilent: true });
    expect(screen.getByText(/^The server is silent. You may still be recorded/)).toBeDefined();
    expect(screen.queryByText(/^You are being recorded/)).toBeNull();
  });

  test('says that a minimised window shows nothing', () => {
    show({ state: 'active', buffer, isPictureMissing: true });
    expect(screen.getByText(/^What you share shows nothing, as a minimised window does/)).toBeDefined();
    expect(screen.queryByText(/^You are being recorded/)).toBeNull();
  });

  test('switches off', () => {
    const heard = show({ state: 'active', buffer });
    fireEvent.click(theSwitch());
    expect(heard.switched).toEqual([false]);
  });
});

describe('stopped by an admin', () => {
  test('says so, and that it can be switched on again', () => {
    show({ state: 'off', isStoppedByAdmin: true });
    expect(screen.getByText(/^An admin stopped your recording\. Switch it on/)).toBeDefined();
    expect(screen.getByRole('status').textContent).toBe('An admin stopped your recording.');
  });

  test('who may no longer record is told both', () => {
    show({ state: 'off', isStoppedByAdmin: true, obstacle: 'REPLAY_DISABLED' });
    expect(
      screen.getByText(/^An admin stopped your recording\. The replay buffer is switched off/),
    ).toBeDefined();
  });
});
