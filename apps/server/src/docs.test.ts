import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import { APP_ERRORS, isAppErrorCode } from '@hindsight/shared/errors';
import { describe, expect, it } from 'vitest';
import { createAppRouter, type RouterServices } from './app-router.ts';
import { SERVER_FLOORS } from '../../../oxlint.config.ts';
import { ENVIRONMENT_NAMES } from './config.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SERVER = 'apps/server/src';
const TOP_FOLDERS = 'apps|packages|e2e|bench|docs|scripts|deploy|patches';
/** These folders are made here and not kept in the repository. */
const MADE = ['**/node_modules', '**/dist', '**/generated', '**/test-results', '**/.turbo'];
const BUILT_PATHS: ReadonlySet<string> = new Set(['apps/web/dist']);

/** A path that begins at the repository's root, or in a package's own document in the package. */
const PATH = new RegExp(String.raw`(?<![\w./{}<>@-])(?:src|${TOP_FOLDERS})/[\w@./-]*`, 'g');

const read = (path: string) => readFileSync(resolve(ROOT, path), 'utf8');
const find = (pattern: string) => globSync(pattern, { cwd: ROOT, exclude: MADE });
const documents = find(`{*,{${TOP_FOLDERS.replaceAll('|', ',')}}/**/*}.md`);
const sources = find(`{*,{${TOP_FOLDERS.replaceAll('|', ',')}}/**/*}.{ts,tsx,js,mjs}`);

/** The part of a document below one of its headings, up to the next heading of the same level. */
function section(path: string, heading: string): string {
  const text = read(path);
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  const level = heading.slice(0, heading.indexOf(' ') + 1);
  const end = text.indexOf(`\n${level}`, start + heading.length);
  return text.slice(start, end < 0 ? undefined : end);
}

const codeSpans = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
const withoutBlocks = (text: string) => text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
const codeBlocks = (text: string) => text.match(/^ *```[\s\S]*?^ *```/gm) ?? [];
/** The cells of a table's rows, its head left out. */
const rows = (text: string) =>
  [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) => row.split('|').map((cell) => cell.trim()));

/** Returns what the headings are called in links, as GitHub makes them. */
function anchors(text: string): Set<string> {
  const headings = [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe('README', () => {
  it('lists exactly the variables that the server reads', () => {
    const named = rows(section('README.md', '## Configuration')).flatMap(([names = '']) => codeSpans(names));
    expect(named.toSorted()).toEqual([...ENVIRONMENT_NAMES].toSorted());
  });
});

describe('docs/api.md', () => {
  it('lists exactly the procedures that there are', () => {
    const named = rows(section('docs/api.md', '## Procedures')).flatMap(([names = '']) => codeSpans(names));
    expect(named.toSorted()).toEqual(procedureNames().toSorted());
  });

  it('gives errors the status that they have', () => {
    const told = rows(section('docs/api.md', '## Errors')).flatMap(([codes = '', statuses = '']) => {
      const each = statuses.split(', ');
      return codeSpans(codes).map((code, index) => [code, Number(each[index] ?? each[0])]);
    });
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(
      told.map(([code]) => [code, isAppErrorCode(code) ? APP_ERRORS[code].status : 'no code of ours']),
    );
  });
});

describe('docs/architecture.md', () => {
  it('lists exactly the folders and files of the server', () => {
    const ours = readdirSync(resolve(ROOT, SERVER)).filter((name) => !isForTests(name));
    expect(floors().flat().toSorted()).toEqual(ours.toSorted());
  });

  it('lists the folders in the order that lint enforces', () => {
    const folders = floors()
      .flat()
      .filter((name) => !name.endsWith('.ts'));
    expect(folders).toEqual(SERVER_FLOORS);
  });

  it('lists them in an order in which nothing imports from a higher floor', () => {
    const floorOf = new Map(floors().flatMap((names, floor) => names.map((name) => [name, floor] as const)));
    const upward = serverImports().filter(
      ({ from, to }) => (floorOf.get(topOf(from)) ?? -1) < (floorOf.get(topOf(to)) ?? Infinity),
    );
    expect(upward.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});

describe('docs/decisions/README.md', () => {
  it('lists every decision by its title', () => {
    const titles = find('docs/decisions/0*.md').map((path) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(read(path)) ?? [];
      return `${number}. [${title}](${posix.basename(path)})`;
    });
    const listed = read('docs/decisions/README.md').match(/^\d+\. .+$/gm) ?? [];
    expect(listed).toEqual(
      titles.toSorted((one, other) => Number.parseInt(one, 10) - Number.parseInt(other, 10)),
    );
  });
});

describe.each(documents)('%s', (document) => {
  const text = read(document);

  it('links to what exists', () => {
    const targets = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const linked = path === '' ? document : posix.join(dirname(document), path);
        if (!existsSync(resolve(ROOT, linked))) return true;
        return anchor !== undefined && !anchors(read(linked)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('names paths of the repository that exist', () => {
    const named = [...codeSpans(withoutBlocks(text)), ...codeBlocks(text)]
      .flatMap((code) => [...code.matchAll(PATH)].map(([path]) => path.replace(/[/.]+$/, '')))
      .map((path) => (path.startsWith('src/') ? posix.join(dirname(document), path) : path))
      .filter((path) => !BUILT_PATHS.has(path));
    expect(named.filter((path) => !exists(path))).toEqual([]);
  });

  it('names source files that exist', () => {
    const named = codeSpans(withoutBlocks(text)).filter((code) => /^[\w-][\w./-]*\.(tsx?|m?js)$/.test(code));
    expect(named.filter((name) => !sources.some((path) => `/${path}`.endsWith(`/${name}`)))).toEqual([]);
  });
});

/** Test runners are also given the beginning of a file's name. */
function exists(path: string): boolean {
  return existsSync(resolve(ROOT, path)) || find(`${path}.*`).length > 0;
}

function procedureNames(): string[] {
  // Routers keep what they are given for later; nothing is called here.
  const anything: object = new Proxy(() => undefined, { get: () => anything });
  return Object.keys(createAppRouter(anything as RouterServices)._def.procedures);
}

/** What stands on each floor of the server, the lowest first. */
function floors(): string[][] {
  const list = section('docs/architecture.md', '## The server').matchAll(/^\d+\. ((?:`[^`]+`(?:, )?)+):/gm);
  return [...list].map(([, names = '']) => codeSpans(names));
}

const isForTests = (path: string) => /(^|\/)testing(\/|$)|\.test\.ts$/.test(path);
const topOf = (path: string) => path.split('/')[0] ?? '';

/** Who imports whom in the server, tests aside. */
function serverImports(): { from: string; to: string }[] {
  const files = globSync('**/*.ts', { cwd: resolve(ROOT, SERVER) }).filter((path) => !isForTests(path));
  return files.flatMap((from) =>
    [...read(`${SERVER}/${from}`).matchAll(/(?:from|new URL\(|import\() ?'(\.[^']+)'/g)]
      .map(([, path = '']) => ({ from, to: posix.join(dirname(from), path) }))
      .filter(({ to }) => topOf(to) !== topOf(from)),
  );
}
