import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

const TYPES: Record<string, string> = { mp4: 'video/mp4', mjs: 'text/javascript', js: 'text/javascript' };

/** Serves files that it was told of, whole or in ranges, and an empty page at every other address. */
export async function openFileServer() {
  const paths = new Map<string, string>();
  const folders = new Map<string, string>();
  const pathOf = (url: string) => {
    const [, folder = '', name = ''] = /^\/([\w-]+)\/([\w.-]+)$/.exec(url) ?? [];
    return paths.get(url) ?? (folders.has(folder) ? join(folders.get(folder) ?? '', name) : undefined);
  };
  const server = createServer((request, response) => {
    void answer(pathOf(request.url ?? ''), request, response).catch(() => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    /** Serves a file under this name, and returns its path on the server. */
    serve(name: string, path: string): string {
      paths.set(`/${name}`, path);
      return `/${name}`;
    },
    /** Serves the files of a folder, because modules import their neighbours, and returns one file's path on the server. */
    serveWithNeighbours(name: string, path: string): string {
      folders.set(name, dirname(path));
      return `/${name}/${basename(path)}`;
    },
    close(): void {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(path: string | undefined, request: IncomingMessage, response: ServerResponse) {
  if (path === undefined) {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>clips</title>');
    return;
  }
  const { size } = await stat(path);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last ? Math.min(Number(last), size - 1) : size - 1;
  response.writeHead(first === undefined ? 200 : 206, {
    'content-type': TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': end + 1 - start,
    ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  await pipeline(createReadStream(path, { start, end }), response);
}
