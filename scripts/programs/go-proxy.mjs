// This module fetches files of Go modules from where `go` itself would, by the setting GOPROXY (https://go.dev/ref/mod#goproxy-protocol).
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const DEFAULT_GOPROXY = 'https://proxy.golang.org,direct';
/** `direct` means the module's own server; the one of Go's toolchains says that they are here. */
const DIRECT_TOOLCHAINS = 'https://go.dev/dl/mod';
const NOT_FOUND = [404, 410];
/** A whole toolchain on a slow line. */
const FETCH_MS = 15 * 60_000;

/**
 * @typedef {object} GoProxy
 * @property {string} url without a slash at its end
 * @property {boolean} isLenient whether the next proxy is asked after any failure, or only when this one lacks the file
 */

/** No file could be fetched. The message says why, for each proxy that was asked. */
export class GoProxyError extends Error {}

/**
 * Returns the proxies in the order in which they are asked.
 * @param {string | undefined} setting of GOPROXY
 * @returns {GoProxy[]} which is empty when nothing may be fetched
 * @throws {GoProxyError} when a proxy is no address
 * @internal Tests compare it with what Go makes of the setting.
 */
export function parseGoProxy(setting) {
  /** @type {GoProxy[]} */
  const proxies = [];
  for (const [, name = '', separator = ''] of (setting || DEFAULT_GOPROXY).matchAll(/([^,|]*)([,|]|$)/g)) {
    const proxy = name.trim();
    if (proxy === '') continue;
    if (proxy === 'off') break;
    const url = proxy === 'direct' ? DIRECT_TOOLCHAINS : proxy;
    if (!URL.canParse(url) || !/^(https?|file):$/.test(new URL(url).protocol))
      throw new GoProxyError(`GOPROXY has ${proxy}, which is no address.`);
    proxies.push({ url: url.replace(/\/+$/, ''), isLenient: separator === '|' });
    if (proxy === 'direct') break;
  }
  return proxies;
}

/**
 * Fetches a file of a module version.
 * @param {string} file such as `golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip`
 * @param {string} [setting] of GOPROXY
 * @returns {Promise<Buffer>}
 * @throws {GoProxyError}
 */
export async function fetchFromGoProxy(file, setting = process.env.GOPROXY) {
  const failures = [];
  for (const { url, isLenient } of parseGoProxy(setting)) {
    const { body, failure, isMissing } = await fetchFile(`${url}/${file}`);
    if (body !== null) return body;
    failures.push(`${withoutPassword(url)}: ${failure}`);
    if (!isMissing && !isLenient) break;
  }
  throw new GoProxyError(failures.length === 0 ? 'GOPROXY is off.' : failures.join('\n'));
}

/**
 * @param {string} url
 * @returns {Promise<{ body: Buffer | null, failure: string, isMissing: boolean }>}
 */
async function fetchFile(url) {
  try {
    if (url.startsWith('file:'))
      return { body: await readFile(fileURLToPath(url)), failure: '', isMissing: false };
    const { href, headers } = withCredentials(url);
    const response = await fetch(href, { headers, signal: AbortSignal.timeout(FETCH_MS) });
    if (response.ok)
      return { body: Buffer.from(await response.arrayBuffer()), failure: '', isMissing: false };
    const isMissing = NOT_FOUND.includes(response.status);
    return { body: null, failure: `answered ${response.status} ${response.statusText}`.trim(), isMissing };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { body: null, failure: reasonOf(error), isMissing };
  }
}

/**
 * Takes user name and password out of an address, because `fetch` refuses addresses with them.
 * @param {string} address
 */
function withCredentials(address) {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '') return { href: url.href, headers: {} };
  url.username = '';
  url.password = '';
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { href: url.href, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
}

/** @param {string} address */
function withoutPassword(address) {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  // `fetch` says only that it failed, and has the reason as its cause.
  return error.cause instanceof Error ? error.cause.message : error.message;
}
