import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBufferedPeople, type BufferedPeople } from '../testing/buffered-people.ts';
import { hostileValues, type JsonSchema } from '../testing/hostile-input.ts';
import { addShare } from '../testing/sharing-people.ts';

/** Each operation is called this often. */
const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 250);
/** These are the operations of the document. */
const OPERATIONS = [
  ...['post /start', 'post /stop/{sessionId}', 'post /capture', 'get /status/{roomName}', 'get /my-clips'],
  ...['get /admin/community/{id}/config', 'patch /admin/community/{id}/config'],
  ...['get /admin/users/{id}/quota', 'patch /admin/users/{id}/quota'],
  ...['post /clips/join', 'post /clips/{id}/exports', 'get /exports', 'delete /exports/{id}'],
  ...['post /press', 'post /mark', 'get /buffer', 'delete /clips/{id}'],
];

interface Operation {
  parameters?: { name: string; in: 'path' | 'query' | 'header'; schema: JsonSchema }[];
  requestBody?: { content: { 'application/json': { schema: JsonSchema } } };
  responses: Record<string, { content?: Record<string, unknown> }>;
}

interface Request {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  header: Record<string, unknown>;
  body: unknown;
}

let people: BufferedPeople;
let paths: Record<string, Record<string, Operation>>;
let ids: string[];

beforeAll(async () => {
  people = await openBufferedPeople();
  const sessionId = await addShare(people, people.admin);
  const { clip } = await people.admin.api.mutate<{ clip: { id: string } }>('replay.capture', {
    channelId: people.channelId,
    lastMinutes: 1,
  });
  ids = [sessionId, clip.id, people.channelId, people.communityId, people.admin.user.id];
  const document = await people.admin.api.fetch('/livekit-replay/openapi.json');
  ({ paths } = (await document.json()) as { paths: typeof paths });
});
afterAll(() => people.remove());

const textOf = (value: unknown) =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();

async function send(method: string, pattern: string, request: Request) {
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_match, name: string) =>
    // A path without a part is another path.
    encodeURIComponent(textOf(request.path[name]).replaceAll(/^\.*$/g, '-')),
  );
  const query = new URLSearchParams(
    Object.entries(request.query).map(([name, value]): [string, string] => [name, textOf(value)]),
  );
  const headers = Object.entries(request.header)
    .map(([name, value]) => [name, textOf(value)] as const)
    .filter(([, text]) => /^[\x20-\x7e]*$/.test(text));
  const hasBody = method !== 'get' && request.body !== undefined;
  return people.admin.api.fetch(`${path}?${query.toString()}`, {
    method: method.toUpperCase(),
    headers: Object.fromEntries(headers),
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
  });
}

function requestsOf({ parameters = [], requestBody }: Operation): fc.Arbitrary<Request> {
  const part = (place: string) =>
    fc.record(
      Object.fromEntries(
        parameters
          .filter((one) => one.in === place)
          .map(({ name, schema }) => [name, hostileValues(schema, () => ids)]),
      ),
      place === 'path' ? {} : { requiredKeys: [] },
    );
  const schema = requestBody?.content['application/json'].schema;
  return fc.record({
    path: part('path'),
    query: part('query'),
    header: part('header'),
    body: schema === undefined ? fc.constant(undefined) : hostileValues(schema, () => ids),
  });
}

it('every operation of the document is tried', () => {
  const known = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path.replace('/livekit-replay', '')}`),
  );
  expect(known.toSorted()).toEqual(OPERATIONS.toSorted());
});

it.each(OPERATIONS)('%s answers whatever it is sent as its document says', async (name) => {
  const [method = '', path = ''] = name.split(' ');
  const pattern = `/livekit-replay${path}`;
  const operation = paths[pattern]?.[method];
  if (operation === undefined) throw new Error(`the document has no ${name}`);
  await fc.assert(
    fc.asyncProperty(requestsOf(operation), async (request) => {
      const response = await send(method, pattern, request);
      const text = await response.text();
      const isDocumented = response.status !== 500 && operation.responses[response.status] !== undefined;
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
      expect(isDocumented && isJson ? null : { request, status: response.status, text }).toBeNull();
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
});
