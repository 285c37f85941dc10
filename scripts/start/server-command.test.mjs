import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { MALLOC_SETTINGS, NODE_FLAGS } from './server-command.mjs';

it('is that of the Dockerfile', () => {
  const dockerfile = readFileSync(path.resolve(import.meta.dirname, '../../Dockerfile'), 'utf8');
  const command = ['node', ...NODE_FLAGS, 'apps/server/src/main.ts'];
  expect(dockerfile).toContain(`CMD [${command.map((part) => `"${part}"`).join(', ')}]`);
  for (const [name, value] of Object.entries(MALLOC_SETTINGS))
    expect(dockerfile).toContain(`${name}=${value}`);
});
