import { readEmbeddedTemplate } from './testing.ts';

/** Vitest's global set-up of the project that runs on the embedded database: its template is made before any test waits for it. */
export default async function setup(): Promise<void> {
  await readEmbeddedTemplate();
}
