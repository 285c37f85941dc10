import { defineConfig, type OxlintOverride } from 'oxlint';

// The borders between the parts of the project are at the end of this file; docs/architecture.md says what each part is for.

/** The folders of the server from the ground up, as docs/architecture.md lists them: each imports only those before it. */
export const SERVER_FLOORS = [
  ...[
    'events',
    'cluster',
    'jobs',
    'metrics',
    'trpc',
    'access',
    'storage',
    'quota',
    'http',
    'voice',
    'buffer',
  ],
  ...[
    'ffmpeg',
    'markers',
    'recording',
    'consent',
    'clips',
    'communities',
    'auth',
    'keys',
    'roles',
    'capture',
    'exports',
    'preview',
    'links',
  ],
  ...['chat', 'live', 'monitoring', 'admin', 'rest', 'backup'],
];
/** The files that put the server together: only each other and tests import them. */
const SERVER_COMPOSITION = ['app', 'app-router', 'app-routes', 'main', 'server-takeover', 'healthcheck'];
/** The rooms of captures in the same order; capture-feature.ts puts them together. */
const CAPTURE_ROOMS = ['plan', 'lifecycle', 'instant', 'trim', 'exact', 'encode', 'accept', 'post-process'];
const MP4_ROOMS = ['boxes', 'fragments', 'tables', 'layout'];
const RECORDER_ROOMS = ['codecs', 'rtp', 'signal', 'segments', 'egress', 'voices'];
/** The files that put the recorders together. The port and the log lie below all rooms. */
const RECORDER_COMPOSITION = [
  ...['embedded.recorder', 'egress.recorder', 'recorder.worker', 'recording'],
  ...['worker-client', 'worker-protocol', 'share-health'],
];
/** The floors of the web app; main.tsx stands on all of them. */
const WEB_FLOORS = ['format', 'hotkeys', 'api', 'ui', 'domain', 'features', 'store', 'pages', 'app'];

const TESTS = [
  '**/*.test.{ts,tsx}',
  '**/*.contract.ts',
  '**/*.fixtures.ts',
  '**/testing/**',
  '**/testing*.ts',
];

interface Border {
  regex: string;
  message: string;
  /** Whether types may cross it. */
  allowTypeImports?: boolean;
}

/** Matches relative imports that go up and into one of these folders. */
function intoFolder(folders: readonly string[]): string {
  return `^(\\.\\./)+(${folders.join('|')})/`;
}

/** Matches relative imports of one of these files, which lie further up. */
function ofFile(files: readonly string[]): string {
  return `^(\\.\\./)+(${files.map((file) => file.replace('.', '\\.')).join('|')})\\.ts$`;
}

function packages(names: readonly string[], message: string, allowTypeImports = false): Border {
  return { regex: `^@hindsight/(${names.join('|')})(/|$)`, message, allowTypeImports };
}

/** Enforces borders in these files. Of several entries that match a file, the last one counts alone. */
function enforce(files: string[], patterns: Border[], excludeFiles: string[] = []): OxlintOverride {
  return { files, excludeFiles, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** Enforces the order of folders that stand on each other, and what holds in each of them besides. */
function enforceFloors(
  root: string,
  floors: readonly string[],
  inEach: (floor: string) => readonly Border[],
) {
  return floors.map((floor, index) => {
    const higher = floors.slice(index + 1);
    const message = `${floor} lies below that: imports run one way (docs/architecture.md).`;
    const upward = higher.length === 0 ? [] : [{ regex: intoFolder(higher), message }];
    return enforce([`${root}/${floor}/**`], [...upward, ...inEach(floor)], TESTS);
  });
}

const NO_RIG = packages(['e2e', 'rig'], 'The test rig is for tests.');
const NO_FLUENT_FFMPEG = { regex: '^fluent-ffmpeg$', message: 'ffmpeg/ffmpeg.ts alone runs ffmpeg.' };
const NO_COMPOSITION = {
  regex: ofFile(SERVER_COMPOSITION),
  message: 'Only main.ts and tests import what puts the server together.',
};
const NO_RECORDER_COMPOSITION = {
  regex: ofFile(RECORDER_COMPOSITION),
  message: 'The recorders are put together on top of the rooms.',
};
const MP4_BORDERS = [packages(['db', 'recorder', 'server', 'web', 'e2e', 'rig'], 'mp4 knows shared alone.')];
const RECORDER_BORDERS = [packages(['db', 'server', 'web'], 'The recorder knows shared and mp4 alone.')];
const WEB_BORDERS = [
  packages(['db', 'mp4', 'recorder', 'e2e', 'rig'], 'The web app knows shared, and types of the server.'),
  packages(['server'], 'The web app takes types alone from the server: import type.', true),
];

export default defineConfig({
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'react', 'vitest', 'promise'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['**/dist', '**/generated', '**/node_modules', 'data'],
  rules: {
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-underscore-dangle': 'off',
    // Flags are changed by closures that the rule doesn't see.
    'no-unmodified-loop-condition': 'off',
    // Pairs of command-line arguments are kept together by a spread.
    'unicorn/no-useless-spread': 'off',
    // `import {} from` brings a module's type augmentations.
    'unicorn/require-module-specifiers': 'off',
    'import/no-empty-named-blocks': 'off',
    'promise/always-return': 'off',
    'react/exhaustive-effect-dependencies': 'off',
    'react/set-state-in-effect': 'off',
    'vitest/no-conditional-expect': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-named-as-default-member': 'off',
    'typescript/consistent-return': 'off',
    'typescript/unbound-method': 'off',
    'typescript/no-unsafe-enum-comparison': 'off',
    'typescript/no-unsafe-enum-assignment': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    'no-console': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-unassigned-import': ['error', { allow: ['**/*.css'] }],
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': [
      'error',
      { checksVoidReturn: { attributes: false, arguments: false } },
    ],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-unsafe-type-assertion': 'off',
    'react/react-in-jsx-scope': 'off',
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
    'vitest/no-restricted-vi-methods': ['error', { mock: 'Pass a fake at a port, or use the real thing.' }],
  },
  overrides: [
    enforce(
      ['packages/shared/src/**'],
      [
        {
          regex: '^@hindsight/|^node:',
          message: 'shared also runs in browsers and imports no other package of ours.',
        },
      ],
    ),
    enforce(
      ['packages/db/src/**'],
      [packages(['server', 'web', 'recorder', 'mp4', 'e2e', 'rig'], 'db knows shared alone.')],
    ),
    enforce(['packages/mp4/src/**'], MP4_BORDERS),
    ...enforceFloors('packages/mp4/src', MP4_ROOMS, () => MP4_BORDERS),
    enforce(['packages/recorder/src/**'], RECORDER_BORDERS),
    enforce(['packages/recorder/src/**'], [...RECORDER_BORDERS, NO_RIG], TESTS),
    ...enforceFloors('packages/recorder/src', RECORDER_ROOMS, () => [
      ...RECORDER_BORDERS,
      NO_RIG,
      NO_RECORDER_COMPOSITION,
    ]),
    enforce(
      ['packages/rig/src/**'],
      [packages(['server', 'web', 'recorder', 'e2e'], 'The rig knows no package that is tested on it.')],
    ),
    enforce(['apps/server/src/**'], [NO_RIG, NO_FLUENT_FFMPEG], TESTS),
    ...enforceFloors('apps/server/src', SERVER_FLOORS, (floor) => [
      NO_RIG,
      NO_COMPOSITION,
      ...(floor === 'ffmpeg' ? [] : [NO_FLUENT_FFMPEG]),
    ]),
    ...enforceFloors('apps/server/src/capture', CAPTURE_ROOMS, () => [
      NO_RIG,
      NO_COMPOSITION,
      NO_FLUENT_FFMPEG,
      {
        regex: intoFolder(SERVER_FLOORS.slice(SERVER_FLOORS.indexOf('capture') + 1)),
        message: 'capture lies below that.',
      },
      { regex: ofFile(['capture-feature']), message: 'capture-feature.ts puts the rooms together.' },
    ]),
    enforce(['apps/web/src/**'], WEB_BORDERS),
    ...enforceFloors('apps/web/src', WEB_FLOORS, () => WEB_BORDERS),
    // Features never import each other; their rooms may.
    ...['apps/web/src/features/*/*', 'apps/web/src/features/*/*/*'].map((files, depth) =>
      enforce(
        [files],
        [
          ...WEB_BORDERS,
          { regex: intoFolder(['store', 'pages', 'app']), message: 'Features lie below that.' },
          {
            regex: `^(\\.\\./){${depth + 1}}[^.]|/features/`,
            message: 'Features never import each other: the page composes them.',
          },
        ],
      ),
    ),
    // What the web app exports is its sounds alone.
    enforce(
      ['apps/extension/src/**'],
      [
        packages(
          ['shared', 'db', 'mp4', 'recorder', 'server', 'e2e', 'rig'],
          'The server may be of another release than the extension.',
        ),
      ],
    ),
    {
      files: [
        ...['scripts/**', 'bench/**', 'deploy/**', 'e2e/**', 'packages/rig/**'],
        ...['apps/server/src/main.ts', 'apps/server/src/backup/main.ts'],
        ...['packages/db/src/make-migration.ts', 'packages/db/src/move-embedded/main.ts'],
      ],
      rules: { 'no-console': 'off' },
    },
    {
      files: ['e2e/**/*.spec.ts'],
      rules: { 'vitest/no-standalone-expect': 'off', 'vitest/expect-expect': 'off' },
    },
  ],
});
