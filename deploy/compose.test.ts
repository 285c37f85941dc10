import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ENVIRONMENT_NAMES, loadConfig } from '@hindsight/server/config';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LIVEKIT_VERSION } from '../scripts/programs/livekit-server.mjs';
import { environmentOf, parseDockerfile } from './testing/dockerfile.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const SECRET = 'a secret of more than thirty-two characters';

interface Service {
  image?: string;
  build?: string;
  profiles?: string[];
  network_mode?: string;
  user?: string;
  command?: string;
  depends_on?: Record<string, { condition: string; required?: boolean }>;
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  healthcheck?: { test: string[] };
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

let composeText: string;
let operations: string;

async function read(file: string): Promise<string> {
  return readFile(path.join(ROOT, file), 'utf8');
}

/** Applies Compose's own rules for `${NAME}`, `${NAME:-default}` and `${NAME:?error}`. */
function interpolate(text: string, variables: Record<string, string>): string {
  return text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string | undefined, rest = '') => {
      const value = variables[name];
      if (value !== undefined && value !== '') return value;
      if (kind === '?') throw new Error(`${name}: ${rest}`);
      return kind === '-' ? rest : '';
    },
  );
}

function compose(variables: Record<string, string> = {}): Compose {
  const needed = { POSTGRES_PASSWORD: 'postgres-password', LIVEKIT_API_SECRET: SECRET };
  return parse(interpolate(composeText, { ...needed, ...variables })) as Compose;
}

function service(name: string, variables?: Record<string, string>): Service {
  const found = compose(variables).services[name];
  if (found === undefined) throw new Error(`there is no service ${name}`);
  return found;
}

/** Returns all values as text, as a container gets them. */
function environment(name: string, variables?: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service(name, variables).environment ?? {}).map(([key, value]) => [key, String(value)]),
  );
}

/** Returns the port of an address. */
function portOf(address: string | undefined): number {
  return Number(new URL(address ?? '').port);
}

beforeAll(async () => {
  composeText = await read('docker-compose.yml');
  operations = await read('docs/operations.md');
});

describe('docker-compose.yml', () => {
  it('asks for the two secrets that have no default, by name', () => {
    expect(() => interpolate(composeText, { LIVEKIT_API_SECRET: SECRET })).toThrow('POSTGRES_PASSWORD');
    expect(() => interpolate(composeText, { POSTGRES_PASSWORD: 'x' })).toThrow('LIVEKIT_API_SECRET');
  });

  it('gives the server only variables that it reads, and a valid configuration', () => {
    const given = environment('server');
    expect(Object.keys(given).filter((name) => !ENVIRONMENT_NAMES.includes(name))).toEqual([]);
    const config = loadConfig(given);
    expect(config.http).toMatchObject({ host: '127.0.0.1', port: 3000 });
    expect(config.database.url).toBe('postgresql://hindsight:postgres-password@127.0.0.1:5432/hindsight');
    expect(config.livekit).toMatchObject({
      url: 'ws://127.0.0.1:7880',
      apiKey: 'hindsight',
      isProxied: true,
    });
  });

  it('uses only variables that the server knows or the guide explains', () => {
    const used = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? ''));
    const explained = (name: string) => ENVIRONMENT_NAMES.includes(name) || operations.includes(name);
    expect([...used].filter((name) => !explained(name))).toEqual([]);
  });

  it('gives all services matching addresses, keys and ports', async () => {
    const { services } = compose();
    const livekit = parse(await read('deploy/livekit.yaml')) as {
      port: number;
      redis: { address: string };
      webhook: { api_key: string; urls: string[] };
    };
    const egress = parse(await read('deploy/egress.yaml')) as { redis: { address: string } };
    const server = environment('server');

    const [key, secret] = environment('livekit')['LIVEKIT_KEYS']?.split(': ') ?? [];
    expect([key, secret]).toEqual([server['LIVEKIT_API_KEY'], server['LIVEKIT_API_SECRET']]);
    expect(livekit.port).toBe(portOf(server['LIVEKIT_URL']));
    expect(livekit.webhook).toEqual({
      api_key: server['LIVEKIT_API_KEY'],
      urls: [`http://127.0.0.1:${server['PORT']}/api/livekit/webhook`],
    });
    expect(egress.redis.address).toBe(livekit.redis.address);
    expect(services['redis']?.ports).toEqual([`${livekit.redis.address}:6379`]);
    expect(environment('egress')).toMatchObject({
      LIVEKIT_WS_URL: server['LIVEKIT_URL'],
      LIVEKIT_API_KEY: server['LIVEKIT_API_KEY'],
      LIVEKIT_API_SECRET: server['LIVEKIT_API_SECRET'],
    });
    expect(services['postgres']?.ports).toEqual([`127.0.0.1:${portOf(server['DATABASE_URL'])}:5432`]);
    expect(services['livekit']?.image).toBe(`livekit/livekit-server:v${LIVEKIT_VERSION}`);
  });

  it('publishes ports only on loopback', () => {
    for (const [name, { ports = [], network_mode: mode }] of Object.entries(compose().services)) {
      for (const port of ports) expect([name, port]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:/)]);
      expect([name, mode ?? 'own']).toEqual([name, ports.length > 0 ? 'own' : 'host']);
    }
  });

  it('lets server and egress write to the same folder as the same user', async () => {
    const [, final] = parseDockerfile(await read('Dockerfile'));
    const user = final?.instructions.findLast(({ name }) => name === 'USER')?.text;
    expect(service('egress').user).toBe(user);
    const dataOf = (name: string) => service(name).volumes?.find((volume) => volume.startsWith('data:'));
    expect(dataOf('egress')).toBe(dataOf('server'));
    expect(dataOf('server')).toBe(
      `data:${environmentOf(final ?? { base: '', name: null, instructions: [] })['DATA_DIR']}`,
    );
    expect(environment('server')['DATA_DIR']).toBe('/data');
  });

  it('mounts only existing files and declared volumes', async () => {
    const { services, volumes } = compose();
    for (const volume of Object.values(services).flatMap((one) => one.volumes ?? [])) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) await expect(read(source)).resolves.not.toBe('');
      else expect(Object.keys(volumes)).toContain(source);
    }
  });

  it('runs egress and the S3 server only with their profile, and the server also without them', () => {
    const { services } = compose();
    const optional = Object.keys(services).filter((name) => services[name]?.profiles !== undefined);
    expect(optional.toSorted()).toEqual(['egress', 'minio', 'minio-bucket']);
    for (const [name, { profiles, depends_on: needs = {} }] of Object.entries(services)) {
      for (const [needed, { required }] of Object.entries(needs)) {
        const isOptional = services[needed]?.profiles !== undefined;
        if (isOptional && profiles === undefined)
          expect([name, needed, required]).toEqual([name, needed, false]);
      }
    }
  });
});

describe('the Dockerfile', () => {
  it('exposes the port that it listens on, which compose uses, too', async () => {
    const [, final] = parseDockerfile(await read('Dockerfile'));
    if (final === undefined) throw new Error('the Dockerfile has two stages');
    const { PORT, ...others } = environmentOf(final);
    expect(final.instructions.find(({ name }) => name === 'EXPOSE')?.text).toBe(PORT);
    expect(environment('server')['PORT']).toBe(PORT);
    const ofTools = /^(NODE_ENV|NODE_COMPILE_CACHE|MALLOC_\w+)$/;
    for (const name of Object.keys(others).filter((each) => !ofTools.test(each)))
      expect(ENVIRONMENT_NAMES).toContain(name);
  });
});

describe('the guide', () => {
  it('mentions only variables that the server or compose reads', () => {
    const composeNames = [...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name ?? '');
    const others = ['COMPOSE_PROFILES', ...composeNames];
    const named = [...operations.matchAll(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b/g)].map(
      ([, name]) => name ?? '',
    );
    const known = new Set([...ENVIRONMENT_NAMES, ...others]);
    expect([...new Set(named)].filter((name) => !known.has(name))).toEqual([]);
  });
});
