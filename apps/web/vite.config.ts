import react from '@vitejs/plugin-react';
import presetMantine from 'postcss-preset-mantine';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { extensionZip } from './extension-zip.ts';
import { firstLoadBudget } from './first-load-budget.ts';

/** Where `vite` (the dev server) finds the running Hindsight server. */
const serverUrl = process.env['HINDSIGHT_URL'] ?? 'http://127.0.0.1:3000';

export default defineConfig({
  // The server sends what was compressed here, and never compresses by itself.
  plugins: [
    react(),
    compression({ algorithms: ['gzip', 'brotliCompress'] }),
    extensionZip(),
    firstLoadBudget({ page: 'pages/account/sign-in.page.tsx', maxGzipBytes: 250_000 }),
  ],
  css: { postcss: { plugins: [presetMantine()] } },
  server: {
    // Vite's short form rewrites the Host header, and the server would refuse the browser's origin as a foreign one.
    proxy: {
      '/api': { target: serverUrl, changeOrigin: false },
      '/healthz': { target: serverUrl, changeOrigin: false },
      '/rtc': { target: serverUrl, changeOrigin: false, ws: true },
    },
  },
  build: {
    outDir: 'dist',
    // livekit-client is one chunk of about 600 kB that only loads when somebody joins a channel.
    chunkSizeWarningLimit: 800,
  },
});
