import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrismaClient } from '@hindsight/db/client';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import { createSessionTokens } from './auth/session-tokens.ts';
import { createAppRouter, type RouterServices } from './app-router.ts';
import { FakeLiveKit } from './recording/testing/fake-livekit.ts';
import { FakeRecorder } from './recording/testing/fake-recorder.ts';
import { createApiClient } from './testing/api-client.ts';
import { hostileInputs } from './testing/hostile-input.ts';
import { startTemporaryApp, type TemporaryApp } from './testing/temporary-app.ts';

/** Each procedure is called this often. */
const RUNS = Math.ceil(Number(process.env['FUZZ_RUNS'] ?? 2000) / 250);
const STREAM_MS = 50;
const PASSWORD = 'correct horse battery';

interface Procedure {
  path: string;
  type: 'query' | 'mutation' | 'subscription';
  input: z.ZodType;
}

/** Lists the procedures that take an input. */
function procedures(): Procedure[] {
  // Routers keep what they are given for later; nothing is called here.
  const anything: object = new Proxy(() => undefined, { get: () => anything });
  const known = createAppRouter(anything as RouterServices)._def.procedures as unknown as Record<
    string,
    { _def: { type: Procedure['type']; inputs: z.ZodType[] } }
  >;
  return Object.entries(known).flatMap(
    ([
      path,
      {
        _def: { type, inputs },
      },
    ]) => {
      const [input] = inputs;
      return input === undefined ? [] : [{ path, type, input }];
    },
  );
}

let temporary: TemporaryApp;
let token: string;
let callCount = 0;
let ids: Record<string, string[]>;
beforeAll(async () => {
  const livekit = Object.assign(new FakeLiveKit(), { mintJoinToken: () => Promise.resolve('') });
  temporary = await startTemporaryApp({ TRUST_PROXY: 'true' }, { livekit, recorder: new FakeRecorder() });
  await createApiClient(temporary.origin).mutate('auth.register', { username: 'ada', password: PASSWORD });
  ids = await furnish(temporary.app.database);
  // Whatever happens to cookies, the caller stays signed in.
  const secret = (await readFile(join(temporary.dataDir, 'jwt-secret'), 'utf8')).trim();
  const { id: userId } = await temporary.app.database.user.findFirstOrThrow({
    where: { usernameKey: 'ada' },
  });
  token = await createSessionTokens({ secret }).mint({ userId, tokenVersion: 0 });
});
afterAll(() => temporary.remove());

/** Adds one of each thing that has an id, and returns the ids by the thing's name. */
async function furnish(db: PrismaClient): Promise<Record<string, string[]>> {
  const ada = await db.user.findFirstOrThrow();
  const bob = await db.user.create({ data: { username: 'bob', usernameKey: 'bob', passwordHash: '-' } });
  const { id: communityId } = await db.community.findFirstOrThrow();
  await db.communityMember.create({ data: { communityId, userId: bob.id } });
  const channels = await db.channel.findMany();
  const roles = await db.role.findMany();
  const conversation = await db.conversation.create({
    data: { members: { create: [{ userId: ada.id }, { userId: bob.id }] } },
  });
  const at = new Date();
  const clip = await db.replayClip.create({
    data: {
      userId: ada.id,
      communityId,
      roomName: channels[0]?.id ?? '',
      title: 'Victory',
      status: 'FAILED',
      fromAt: at,
      toAt: at,
      durationMs: 60_000,
    },
  });
  const message = await db.message.create({
    data: { channelId: channels[0]?.id, authorId: ada.id, text: 'hello', hasClip: true, clipId: clip.id },
  });
  const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
  return {
    user: [bob.id],
    community: [communityId],
    channel: idsOf(channels),
    role: idsOf(roles),
    conversation: [conversation.id],
    dm: [conversation.id],
    clip: [clip.id],
    message: [message.id],
  };
}

/** Returns ids that fit a field, such as `clipId`, or the `id` of `clip.get`; any for other fields. */
function idsFor({ path }: Procedure, field: string): string[] {
  const [router = ''] = path.split('.');
  return ids[field === 'id' ? router : field.replace(/Ids?$/, '')] ?? Object.values(ids).flat();
}

async function call({ path, type }: Procedure, input: unknown): Promise<{ status: number; text: string }> {
  const body = JSON.stringify(input);
  const isMutation = type === 'mutation';
  const query = isMutation ? '' : `?input=${encodeURIComponent(body)}`;
  const response = await fetch(`${temporary.origin}/api/trpc/${path}${query}`, {
    method: isMutation ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      // Each call comes from elsewhere, so that limits on addresses let all of them in.
      'x-forwarded-for': `10.0.${callCount >> 8}.${callCount++ & 255}`,
      ...(type === 'subscription' ? { accept: 'text/event-stream' } : {}),
    },
    ...(isMutation ? { body } : {}),
  });
  const { status, ok: isOk } = response;
  if (type !== 'subscription' || !isOk || response.body === null)
    return { status, text: await response.text() };
  // An error of the procedure itself is the first thing that its stream says.
  let text = '';
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const timer = setTimeout(() => void reader.cancel(), STREAM_MS);
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += read.value;
  clearTimeout(timer);
  return { status, text };
}

/** What removes things comes last, because the others need them; signing out comes after everything. */
const ENDS = [/\.(remove|removeMany|leave|revoke)$/, /^auth\.logout$/];
const endOf = ({ path }: Procedure) => ENDS.findIndex((end) => end.test(path));
const inOrder = procedures().toSorted((one, other) => endOf(one) - endOf(other));

it.each(inOrder)('$path: no input is an internal error', async (procedure) => {
  await fc.assert(
    fc.asyncProperty(
      hostileInputs(procedure.input, (field) => idsFor(procedure, field)),
      async (input) => {
        const { status, text } = await call(procedure, input);
        const isInternal = status === 500 || text.includes('"appCode":"INTERNAL"');
        expect(isInternal ? { input, status, text } : null).toBeNull();
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
});
