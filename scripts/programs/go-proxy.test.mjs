import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchFromGoProxy, parseGoProxy } from './go-proxy.mjs';

describe('GOPROXY', () => {
  it.each([
    [undefined, ['https://proxy.golang.org ,', 'https://go.dev/dl/mod ,']],
    ['', ['https://proxy.golang.org ,', 'https://go.dev/dl/mod ,']],
    ['https://a.example/go/|https://b.example', ['https://a.example/go |', 'https://b.example ,']],
    ['https://a.example, direct', ['https://a.example ,', 'https://go.dev/dl/mod ,']],
    ['https://a.example,off,https://b.example', ['https://a.example ,']],
    ['direct,https://b.example', ['https://go.dev/dl/mod ,']],
    ['file:///srv/go', ['file:///srv/go ,']],
    ['off', []],
  ])('%s is understood as Go does', (setting, expected) => {
    const proxies = parseGoProxy(setting).map(({ url, isLenient }) => `${url} ${isLenient ? '|' : ','}`);
    expect(proxies).toEqual(expected);
  });

  it.each(['proxy.example', 'ftp://a.example', 'https://'])('%s is refused by name', (setting) => {
    expect(() => parseGoProxy(setting)).toThrow(`GOPROXY has ${setting}, which is no address.`);
  });
});

describe('a file of a module', () => {
  /** @type {import('node:http').Server} */
  let server;
  /** @type {string} */
  let origin;
  /** @type {string} */
  let folder;
  /** @type {string[]} */
  const authorizations = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hindsight-goproxy-'));
    await mkdir(path.join(folder, 'm/@v'), { recursive: true });
    await writeFile(path.join(folder, 'm/@v/v1.zip'), 'from the folder');
    server = createServer((request, response) => {
      authorizations.push(request.headers.authorization ?? '');
      const [, kind] = request.url?.split('/') ?? [];
      response.statusCode = Number(kind);
      response.end('from the server');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  /** @param {string} setting with `folder:` and numbers, which are answers of a server, in place of addresses */
  const fetchWith = async (setting) => {
    const filled = setting
      .replaceAll('folder:', pathToFileURL(folder).href)
      .replaceAll(/\b\d{3}\b/g, (status) => `${origin}/${status}`);
    return (await fetchFromGoProxy('m/@v/v1.zip', filled)).toString();
  };

  it.each([
    ['200', 'from the server'],
    ['404,200', 'from the server'],
    ['410,folder:', 'from the folder'],
    ['500|folder:', 'from the folder'],
    ['folder:', 'from the folder'],
    ['folder:/nothing,200', 'from the server'],
  ])('comes from the first of %s that has it', async (setting, content) => {
    expect(await fetchWith(setting)).toBe(content);
  });

  it.each([
    ['500,200', /^http:.*\/500: answered 500 Internal Server Error$/],
    ['404', /\/404: answered 404 Not Found$/],
    ['http://127.0.0.1:1|404', /127\.0\.0\.1:1: .*\n.*\/404: answered 404/],
    ['off', /^GOPROXY is off\.$/],
  ])('does not come from %s, and says why', async (setting, message) => {
    await expect(fetchWith(setting)).rejects.toThrow(message);
  });

  it('is asked for with the password of the address, which no message shows', async () => {
    const withPassword = origin.replace('http://', 'http://ada:s%40cret@');
    await expect(fetchFromGoProxy('m', `${withPassword}/403`)).rejects.toThrow(`${origin}/403: answered 403`);
    expect(authorizations.at(-1)).toBe(`Basic ${Buffer.from('ada:s@cret').toString('base64')}`);
  });
});
