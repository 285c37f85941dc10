import { afterEach } from 'vitest';

// Files share loaded modules, so what a module asked for when it was loaded would hold for the first file only.
afterEach(async () => {
  if (typeof document === 'undefined') return;
  const { cleanup } = await import('@testing-library/react');
  const { notifications } = await import('@mantine/notifications');
  cleanup();
  // Only a few are shown at once, so those that one test left would keep the next one's from being seen.
  notifications.clean();
});
