import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { Plugin } from 'vite';

const EXTENSION_DIST = join(import.meta.dirname, '../extension/dist');
/** Files in a zip have dates. With the same one always, the same extension makes the same zip. */
const DATE = new Date(2026, 0, 1);

/** Adds the built browser extension to the web app as a zip, which the Me page offers. */
export function extensionZip(): Plugin {
  return {
    name: 'extension-zip',
    apply: 'build',
    async generateBundle() {
      const entries = await readdir(EXTENSION_DIST, { recursive: true, withFileTypes: true });
      const files: Record<string, Uint8Array> = {};
      for (const entry of entries
        .filter((each) => each.isFile())
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = join(entry.parentPath, entry.name);
        files[path.slice(EXTENSION_DIST.length + 1)] = await readFile(path);
      }
      this.emitFile({
        type: 'asset',
        fileName: 'hindsight-extension.zip',
        source: zipSync(files, { mtime: DATE }),
      });
    },
  };
}
