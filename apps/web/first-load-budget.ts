import { gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';

/**
 * Fails a build whose sign-in page makes a browser load more JavaScript than this, and prints how much it loads.
 * LiveKit and the HLS player must not be part of it: they load when they are needed.
 * @param page end of the path of the page's module
 */
export function firstLoadBudget({ page, maxGzipBytes }: { page: string; maxGzipBytes: number }): Plugin {
  return {
    name: 'first-load-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const needed = new Set<Rolldown.OutputChunk>();
      const need = (chunk: Rolldown.OutputChunk | undefined) => {
        if (chunk === undefined || needed.has(chunk)) return;
        needed.add(chunk);
        for (const name of chunk.imports) need(byName.get(name));
      };
      const pageChunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(page));
      if (pageChunk === undefined) this.error(`no chunk of its own for ${page}`);
      need(pageChunk);
      for (const chunk of chunks) if (chunk.isEntry) need(chunk);

      const gzipBytes = [...needed].reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      const inKilobytes = (sizeBytes: number) => `${(sizeBytes / 1000).toFixed(0)} kB`;
      const finding = `the sign-in page loads ${inKilobytes(gzipBytes)} of JavaScript (gzip; at most ${inKilobytes(maxGzipBytes)})`;
      if (gzipBytes > maxGzipBytes) this.error(finding);
      const late = [...needed].flatMap(({ moduleIds }) =>
        moduleIds.filter((id) => /node_modules\/(?:livekit-client|hls\.js)\//.test(id)),
      );
      if (late.length > 0) this.error(`the sign-in page loads ${late.join(', ')}`);
      this.info(finding);
    },
  };
}
