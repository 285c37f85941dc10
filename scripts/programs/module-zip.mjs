// This module reads the zip files in which Go's module proxies serve modules (https://go.dev/ref/mod#zip-files), with Node's own
// modules only: neither unzip nor a tar that reads zip files is everywhere.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';

const inflate = promisify(inflateRaw);

/** Go itself takes no module that is larger when unpacked. */
const MAX_UNPACKED_BYTES = 500 * 1024 * 1024;
/** Node inflates this many files at once, on the threads that it has for that. */
const FILES_AT_ONCE = 8;

// These numbers are from PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16.
const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;

/** The file is damaged, or is not what it should be. */
export class ModuleZipError extends Error {}

/**
 * @typedef {object} ZipEntry
 * @property {string} name with slashes
 * @property {number} method
 * @property {number} packedBytes
 * @property {number} unpackedBytes
 * @property {number} localOffset
 */

/**
 * Unpacks a module into a folder and checks it against its sum. When it fails, the folder may hold a part of it, of which
 * nothing must be used.
 * @param {Buffer} zip
 * @param {object} options
 * @param {string} options.module `path@version`, with which every name in the file begins
 * @param {string} options.folder gets the files without that beginning
 * @param {string} options.sum as in go.sum: `h1:…`
 * @param {(name: string) => boolean} [options.isNeeded] files that are not needed are checked but not written
 * @throws {ModuleZipError}
 */
export async function unpackModule(zip, { module, folder, sum, isNeeded = () => true }) {
  const entries = readEntries(zip).filter(({ name }) => !name.endsWith('/'));
  if (entries.reduce((total, { unpackedBytes }) => total + unpackedBytes, 0) > MAX_UNPACKED_BYTES)
    throw new ModuleZipError('it is larger than a module may be');
  const files = entries.map((entry) => ({ entry, name: nameInModule(entry.name, module) }));
  /** @type {Map<string, string>} */
  const hashes = new Map();
  /** @type {Map<string, Promise<unknown>>} */
  const folders = new Map();
  const next = files.values();
  const work = async () => {
    for (const { entry, name } of next) {
      const content = await unpack(zip, entry);
      hashes.set(entry.name, createHash('sha256').update(content).digest('hex'));
      if (!isNeeded(name)) continue;
      const file = path.join(folder, ...name.split('/'));
      const parent = path.dirname(file);
      if (!folders.has(parent)) folders.set(parent, mkdir(parent, { recursive: true }));
      await folders.get(parent);
      // A name that comes twice must not replace what was written.
      await writeFile(file, content, { flag: 'wx' });
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, work));
  const actual = moduleSum(hashes);
  if (actual !== sum) throw new ModuleZipError(`its checksum is ${actual} and not ${sum}`);
}

/**
 * Returns the sum of a module as go.sum has it (Hash1 of golang.org/x/mod/sumdb/dirhash).
 * @param {ReadonlyMap<string, string>} hashes SHA-256 in hexadecimal, by name
 * @internal A test compares it with a sum of Go's.
 */
export function moduleSum(hashes) {
  const all = createHash('sha256');
  // Go sorts by bytes. Names are ASCII in toolchains, where JavaScript's own order is the same.
  for (const name of [...hashes.keys()].toSorted()) all.update(`${hashes.get(name)}  ${name}\n`);
  return `h1:${all.digest('base64')}`;
}

/**
 * @param {string} name
 * @param {string} module
 * @throws {ModuleZipError} when the file would be written elsewhere
 */
function nameInModule(name, module) {
  const rest = name.startsWith(`${module}/`) ? name.slice(module.length + 1) : '';
  const isSafe =
    !/[\\:\0]/.test(rest) && rest.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isSafe)
    throw new ModuleZipError(`it has a file ${JSON.stringify(name)}, which is outside of ${module}`);
  return rest;
}

/**
 * @param {Buffer} zip
 * @returns {ZipEntry[]}
 */
function readEntries(zip) {
  let end = zip.length - END_BYTES;
  const lowest = Math.max(0, end - MAX_COMMENT_BYTES);
  while (end >= lowest && zip.readUInt32LE(end) !== END_SIGNATURE) end -= 1;
  if (end < lowest || end < 0) throw new ModuleZipError('it is no zip file, or not the whole of one');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  /** @type {ZipEntry[]} */
  const entries = [];
  for (let number = 0; number < count; number++) {
    requireSignature(zip, at, ENTRY_SIGNATURE, ENTRY_BYTES);
    const nameBytes = zip.readUInt16LE(at + 28);
    entries.push({
      name: zip.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes),
      method: zip.readUInt16LE(at + 10),
      packedBytes: zip.readUInt32LE(at + 20),
      unpackedBytes: zip.readUInt32LE(at + 24),
      localOffset: zip.readUInt32LE(at + 42),
    });
    at += ENTRY_BYTES + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * @param {Buffer} zip
 * @param {ZipEntry} entry
 */
async function unpack(zip, { name, method, packedBytes, unpackedBytes, localOffset }) {
  requireSignature(zip, localOffset, LOCAL_SIGNATURE, LOCAL_BYTES);
  const start =
    localOffset + LOCAL_BYTES + zip.readUInt16LE(localOffset + 26) + zip.readUInt16LE(localOffset + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (packed.length === packedBytes && method === STORED && packedBytes === unpackedBytes) return packed;
  if (packed.length === packedBytes && method === DEFLATED) {
    const content = await inflate(packed, { maxOutputLength: Math.max(1, unpackedBytes) }).catch(() => null);
    if (content?.length === unpackedBytes) return content;
  }
  throw new ModuleZipError(`its file ${JSON.stringify(name)} is damaged`);
}

/**
 * @param {Buffer} zip
 * @param {number} at
 * @param {number} signature
 * @param {number} bytes
 */
function requireSignature(zip, at, signature, bytes) {
  if (at + bytes > zip.length || zip.readUInt32LE(at) !== signature)
    throw new ModuleZipError('its list of files is damaged');
}
