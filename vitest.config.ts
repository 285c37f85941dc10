import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const ignored = ['**/node_modules/**', '**/dist/**'];
// Waiting costs nothing when all is well, and a busy machine may need it.
const expect = { poll: { timeout: 10_000 } };

// No test changes a module's state for good, so files share loaded modules: loading them anew for each file takes a third of the
// time. Each worker loads and compiles everything once, which more workers than cores must save by waiting at the same time.
const cores = availableParallelism();

// The tests start many servers, recorders and threads, which share compiled code in this folder, as under `npm start`.
const NODE_COMPILE_CACHE = `${import.meta.dirname}/node_modules/.cache/node`;

export default defineConfig({
  test: {
    projects: [
      {
        // This project tests pure parts, and services on the run's PostgreSQL server.
        test: {
          name: 'unit',
          include: ['{apps/server,packages,e2e,bench,deploy}/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: [...ignored, '**/*.media.test.ts'],
          env: { NODE_COMPILE_CACHE },
          globalSetup: 'packages/db/src/testing.setup.ts',
          expect,
          // These tests wait for databases and timers for about half of their time.
          maxWorkers: 2 * cores,
          isolate: false,
          sequence: { groupOrder: 1 },
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        // This project tests the web app and the browser extension; each file has a document of its own.
        test: {
          name: 'web',
          include: ['apps/{web,extension}/src/**/*.test.{ts,tsx}'],
          exclude: ignored,
          setupFiles: 'apps/web/src/testing/each-file.setup.ts',
          expect,
          // Loading and compiling is half of what these tests do, so half the workers take hardly longer. They run before the others.
          maxWorkers: Math.ceil(cores / 2),
          isolate: false,
          sequence: { groupOrder: 0 },
          testTimeout: 20_000,
        },
      },
      {
        // Real programs: ffmpeg, recorders with real media, and our own ones, which are killed.
        test: {
          name: 'media',
          include: ['{apps,packages,e2e,deploy}/**/*.media.test.ts'],
          exclude: ignored,
          env: { NODE_COMPILE_CACHE },
          globalSetup: 'packages/db/src/testing.setup.ts',
          expect,
          // They wait for media of true time for half of their time. With more workers, recordings would fall behind.
          maxWorkers: cores + 1,
          sequence: { groupOrder: 1 },
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
