import { afterEach, expect, test, vi } from 'vitest';
import { createServerMonitor, type ServerMonitor } from './server-monitor.ts';

let monitor: ServerMonitor;
afterEach(() => monitor.close());

test('reports a server that went away once, and once that it is back', async () => {
  const answers = [false, false, true];
  const changes: boolean[] = [];
  monitor = createServerMonitor({
    probe: async () => answers.shift() ?? true,
    onChange: (isReachable) => changes.push(isReachable),
    retryMs: 1,
  });
  monitor.suspect();
  monitor.suspect();
  await vi.waitFor(() => expect(changes).toEqual([false, true]));
  expect(answers).toEqual([]);
});

test('says nothing when only one call failed', async () => {
  const changes: boolean[] = [];
  let probes = 0;
  monitor = createServerMonitor({
    probe: async () => {
      probes += 1;
      return true;
    },
    onChange: (isReachable) => changes.push(isReachable),
  });
  monitor.suspect();
  await vi.waitFor(() => expect(probes).toBe(1));
  expect(changes).toEqual([]);
});
