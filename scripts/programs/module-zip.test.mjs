import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { moduleSum, unpackModule } from './module-zip.mjs';

const MODULE = 'example.com/m@v1.0.0';

/**
 * Makes a zip file as far as it is read: a local header and the content of each file, then the list of them.
 * @param {[name: string, content: string, isStored?: boolean][]} files
 */
function zipOf(files) {
  /** @type {Buffer[]} */
  const parts = [];
  /** @type {Buffer[]} */
  const list = [];
  let offset = 0;
  for (const [name, content, isStored = false] of files) {
    const packed = isStored ? Buffer.from(content) : deflateRawSync(content);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50);
    entry.writeUInt16LE(isStored ? 0 : 8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(Buffer.byteLength(content), 24);
    entry.writeUInt16LE(Buffer.byteLength(name), 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), packed);
    list.push(entry, Buffer.from(name));
    offset += local.length + Buffer.byteLength(name) + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...list, end]);
}

/** @param {[name: string, content: string, isStored?: boolean][]} files */
function sumOf(files) {
  return moduleSum(
    new Map(files.map(([name, content]) => [name, createHash('sha256').update(content).digest('hex')])),
  );
}

/** @type {string} */
let folder;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hindsight-module-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** @type {[name: string, content: string, isStored?: boolean][]} */
const FILES = [
  [`${MODULE}/go.mod`, 'module example.com/m\n', true],
  [`${MODULE}/a/b/code.go`, 'package b\n'.repeat(100)],
  [`${MODULE}/a/code_test.go`, 'package a\n'],
  [`${MODULE}/empty`, ''],
];

describe('a module', () => {
  it('is unpacked without what is not needed', async () => {
    const isNeeded = (/** @type {string} */ name) => !name.endsWith('_test.go');
    await unpackModule(zipOf(FILES), { module: MODULE, folder, sum: sumOf(FILES), isNeeded });
    expect(await readFile(path.join(folder, 'a/b/code.go'), 'utf8')).toBe('package b\n'.repeat(100));
    expect(await readdir(folder)).toEqual(['a', 'empty', 'go.mod']);
    expect(await readdir(path.join(folder, 'a'))).toEqual(['b']);
  });

  it('is refused when any file is another, also one that is not needed', async () => {
    const sum = sumOf(FILES);
    const changed = zipOf(FILES.map(([name, content]) => [name, content.replace('package a', 'package x')]));
    const options = {
      module: MODULE,
      folder,
      sum,
      isNeeded: (/** @type {string} */ name) => name === 'go.mod',
    };
    await expect(unpackModule(changed, options)).rejects.toThrow(/^its checksum is h1:.* and not h1:/);
  });

  it.each([
    `${MODULE}/../outside`,
    `${MODULE}/a/../../outside`,
    `${MODULE}/a\\..\\outside`,
    `${MODULE}//absolute`,
    `${MODULE}/C:/windows`,
    '/etc/passwd',
    'example.com/other@v1.0.0/go.mod',
    `${MODULE}x/go.mod`,
  ])('is refused with a file %s', async (name) => {
    /** @type {[string, string][]} */
    const files = [[name, 'text']];
    const options = { module: MODULE, folder, sum: sumOf(files) };
    await expect(unpackModule(zipOf(files), options)).rejects.toThrow(`which is outside of ${MODULE}`);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['a page', () => Buffer.from('<html>Please sign in.</html>'.repeat(10))],
    ['half of it', () => zipOf(FILES).subarray(0, 200)],
    ['a damaged list', () => spoilt(0x02014b50)],
    ['damaged content', () => spoilt(0x04034b50)],
  ])('is refused when %s was fetched', async (_, zip) => {
    const options = { module: MODULE, folder, sum: sumOf(FILES) };
    await expect(unpackModule(zip(), options)).rejects.toThrow(/^it is no zip file|^its /);
  });
});

/** @param {number} signature which is overwritten wherever it stands */
function spoilt(signature) {
  const zip = zipOf(FILES);
  for (let at = 0; at < zip.length - 4; at++)
    if (zip.readUInt32LE(at) === signature) zip.writeUInt32LE(0, at);
  return zip;
}

describe('the sum of a module', () => {
  it('is that of Go', () => {
    // Go's checksum database has this for the go.mod of its toolchains, which is the one line `module golang.org/toolchain`.
    const hash = createHash('sha256').update('module golang.org/toolchain\n').digest('hex');
    expect(moduleSum(new Map([['go.mod', hash]]))).toBe('h1:8wlg68NqwW7eMnI1aABk/C2pDYXj8mrMY4TyRfiLeS0=');
  });

  it('does not depend on the order of the files', () => {
    expect(sumOf(FILES.toReversed())).toBe(sumOf(FILES));
  });
});
