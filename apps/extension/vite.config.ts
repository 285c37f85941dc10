import { join } from 'node:path';
import { defineConfig } from 'vite';

const at = (file: string) => join(import.meta.dirname, file);

export default defineConfig({
  // An extension's pages have their own origin, in whose root the manifest lies.
  base: './',
  build: {
    outDir: 'dist',
    // What is loaded comes from the disk, and stores want to read it.
    minify: false,
    modulePreload: false,
    rolldownOptions: {
      input: {
        background: at('src/background.ts'),
        popup: at('popup.html'),
        sound: at('sound.html'),
      },
      // The manifest names these files.
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js', assetFileNames: '[name][extname]' },
    },
  },
});
