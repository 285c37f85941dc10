import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clipStreamRoutes } from '../clips/clip-stream.route.ts';
import { asStored } from '../clips/testing/as-stored.ts';
import { fromHttpError, sendAppError } from '../http/error-reply.ts';
import { clipSpriteKey } from '../storage/storage-key.ts';
import type { SignedInUser } from '../trpc/trpc.ts';
import { openChatStage, type ChatStage, type Hall } from './testing/stage.ts';

const PATHS = ['video', 'download', 'poster.jpg', 'sprite.jpg'] as const;

let stage: ChatStage;
let app: FastifyInstance;
let hall: Hall;
let target: { channelId: string };
let owner: SignedInUser;
let reader: SignedInUser;
let clipId: string;

beforeAll(async () => {
  stage = await openChatStage();
  app = Fastify();
  app.setErrorHandler((error, _request, reply) =>
    sendAppError(reply, fromHttpError(error instanceof Error ? error : new Error(String(error)))),
  );
  clipStreamRoutes(app, {
    clips: stage.clips,
    tracks: stage.trackDownloads,
    storage: stage.storage,
    exactVideos: asStored(stage.storage),
    identify: async (request) => {
      const id = request.headers['x-user'];
      return typeof id === 'string'
        ? { user: { id, username: 'u', isInstanceAdmin: false }, key: null }
        : null;
    },
  });
});
afterAll(async () => {
  await app.close();
  await stage.close();
});
beforeEach(async () => {
  hall = await stage.createHall();
  target = { channelId: hall.channelId };
  owner = await stage.createUser(hall);
  reader = await stage.createUser(hall);
  clipId = await stage.createClip(owner);
  await addSprite();
});

/** The poster is made some time after the clip is ready. */
async function addSprite(): Promise<void> {
  const storageKey = clipSpriteKey({ userId: owner.id, id: clipId });
  const directory = await stage.storage.makeTempDir();
  await writeFile(join(directory, 'file'), 'sprite');
  await stage.storage.commit(join(directory, 'file'), storageKey);
  const file = { storageKey, filename: clipId, mimeType: 'image/jpeg', sizeBytes: 6n };
  const checksum = createHash('sha256').update('sprite').digest('hex');
  const spriteFile = { create: { ...file, checksum, resourceType: 'REPLAY_SPRITE' } } as const;
  await stage.db.replayClip.update({ where: { id: clipId }, data: { spriteFile } });
}

const share = (place: { channelId: string } | { conversationId: string } = target) =>
  stage.chat.messages.create(owner, { target: place, text: '', clipId });

/** Lists what each route answers: the whole file, a range, and HEAD. */
async function statuses(user: SignedInUser | null): Promise<number[]> {
  const asked = PATHS.flatMap((path) =>
    (['GET', 'HEAD'] as const).flatMap((method) =>
      [{}, { range: 'bytes=0-1' }].map(async (headers) => {
        const url = `/api/clips/${clipId}/${path}`;
        const identity = user === null ? {} : { 'x-user': user.id };
        return (await app.inject({ method, url, headers: { ...headers, ...identity } })).statusCode;
      }),
    ),
  );
  return [...new Set(await Promise.all(asked))].toSorted((a, b) => a - b);
}
const SERVED = [200, 206];
const HIDDEN = [404];

describe('a shared clip’s files', () => {
  it('are served to the readers of the channel, with the same bytes as to the owner', async () => {
    expect(await statuses(reader)).toEqual(HIDDEN);
    await share();
    expect(await statuses(reader)).toEqual(SERVED);
    for (const path of PATHS) {
      const url = `/api/clips/${clipId}/${path}`;
      const [theirs, own] = await Promise.all(
        [reader, owner].map((user) => app.inject({ url, headers: { 'x-user': user.id } })),
      );
      expect(theirs?.rawPayload.length).toBeGreaterThan(0);
      expect(theirs?.rawPayload).toEqual(own?.rawPayload);
    }
  });

  it('are served to the people in the conversation, and to nobody else', async () => {
    await share(await stage.createConversation(owner, reader));
    expect(await statuses(reader)).toEqual(SERVED);
    expect(await statuses(await stage.createUser(hall))).toEqual(HIDDEN);
    // This is another conversation with the owner, without the clip.
    const partner = await stage.createUser(hall);
    await stage.createConversation(owner, partner);
    expect(await statuses(partner)).toEqual(HIDDEN);
  });

  it('are hidden from members of other communities, also of the one it was recorded in', async () => {
    await share();
    const stranger = await stage.createUser(await stage.createHall());
    expect(await statuses(stranger)).toEqual(HIDDEN);
    const { communityId, channelId } = await stage.db.replayClip.findUniqueOrThrow({ where: { id: clipId } });
    if (communityId === null || channelId === null) throw new Error('the clip was made in a community');
    await stage.join(stranger, { id: communityId, channelId, voiceChannelId: channelId });
    expect(await statuses(stranger)).toEqual(HIDDEN);
  });

  it('are hidden at once from somebody who was removed from the community', async () => {
    await share();
    await stage.kick(reader, hall);
    expect(await statuses(reader)).toEqual(HIDDEN);
    expect(await statuses(owner)).toEqual(SERVED);
  });

  it('are still served to an owner who was removed, and to the readers it was shared with', async () => {
    await share();
    await stage.kick(owner, hall);
    expect(await statuses(owner)).toEqual(SERVED);
    expect(await statuses(reader)).toEqual(SERVED);
  });

  it('are hidden at once from somebody who has left the conversation', async () => {
    const conversation = await stage.createConversation(owner, reader);
    await share(conversation);
    await stage.chat.conversations.leave(reader, conversation.conversationId);
    expect(await statuses(reader)).toEqual(HIDDEN);
  });

  it('are hidden with the removal of the last message that contains them', async () => {
    const [first, second] = [await share(), await share(await stage.createConversation(owner, reader))];
    await stage.chat.messages.remove(owner, first.id);
    expect(await statuses(reader)).toEqual(SERVED);
    await stage.chat.messages.remove(owner, second.id);
    expect(await statuses(reader)).toEqual(HIDDEN);
    expect(await statuses(owner)).toEqual(SERVED);
  });

  it('are hidden when the channel is deleted', async () => {
    await share();
    await stage.db.channel.delete({ where: { id: hall.channelId } });
    expect(await statuses(reader)).toEqual(HIDDEN);
  });

  it('are hidden from everybody while the clip is removed, and served again when it is restored', async () => {
    await share();
    await stage.clips.remove(owner.id, clipId);
    expect(await statuses(reader)).toEqual(HIDDEN);
    expect(await statuses(owner)).toEqual(HIDDEN);
    await stage.clips.restore(owner.id, [clipId]);
    expect(await statuses(reader)).toEqual(SERVED);
  });

  it('are only for signed-in people', async () => {
    await share();
    expect(await statuses(null)).toEqual([401]);
  });

  it('are reported as not ready to readers, and as unknown to strangers', async () => {
    clipId = await stage.createBareClip(owner);
    await share();
    expect(await statuses(reader)).toEqual([409]);
    expect(await statuses(await stage.createUser(await stage.createHall()))).toEqual(HIDDEN);
  });

  it('answer a stranger in the same way as unknown clips', async () => {
    const stranger = await stage.createUser(await stage.createHall());
    await share();
    for (const path of PATHS) {
      const [hidden, none] = await Promise.all(
        [clipId, randomUUID()].map((id) =>
          app.inject({ url: `/api/clips/${id}/${path}`, headers: { 'x-user': stranger.id } }),
        ),
      );
      expect(hidden?.payload).toBe(none?.payload);
    }
  });
});
