import { randomUUID } from 'node:crypto';
import type { Action } from '@hindsight/shared/community/permissions';
import { expect } from 'vitest';
import { wireBuses } from '../../cluster/testing/wired-buses.ts';
import { createAppEvents } from '../../events/events.ts';
import { createLog } from '../../log.ts';
import { openStage } from '../../recording/testing/stage.ts';
import type { SignedInUser } from '../../trpc/trpc.ts';
import { createPresence } from '../../voice/presence.service.ts';
import { createConsent } from '../consent.service.ts';
import { createKeptVoices } from '../kept-voices.ts';
import { createVoiceConsent } from '../voice-consent.ts';

export type VoiceStage = Awaited<ReturnType<typeof openVoiceStage>>;

/** Sets up servers beside each other that keep voices, on one database and one LiveKit, with recorders that tests look at. */
export async function openVoiceStage() {
  const stage = await openStage();
  const { db, livekit } = stage;
  const { buses, gap } = wireBuses(2);
  /** Each entry is a folder of a session and a person whose voice was deleted from it, beside what the recorder deletes. */
  const forgotten: string[] = [];

  const servers = buses.map((bus) => {
    const events = createAppEvents(bus);
    const process = stage.startProcess(events);
    const { recorder, recording } = process;
    const presence = createPresence({ db, livekit, events, recordedIn: recording.feed.recordedIn });
    /** How often a voice began to be kept by this server's recorder. */
    const begun = { times: 0 };
    const keptVoices = createKeptVoices({
      db,
      recorder,
      rules: createVoiceConsent({ db }),
      presence,
      lanes: { forget: async (segmentPath, userId) => void forgotten.push(`${segmentPath} ${userId}`) },
      servers: recording.servers,
      calls: recording.calls,
      events,
      onVoices: () => void begun.times++,
      log: createLog({ level: 'silent' }),
    });
    return {
      begun,
      process,
      recorder,
      recording,
      events,
      presence,
      keptVoices,
      consent: createConsent({ db, recorder, keptVoices, events }),
    };
  });
  const [here, there] = servers;
  if (here === undefined || there === undefined) throw new Error('there are two servers');

  /** Tells all servers who is in a channel now. */
  const look = () => Promise.all(servers.map(({ presence }) => presence.refresh()));

  return {
    ...stage,
    gap,
    forgotten,
    here,
    there,

    /** Starts the recording of somebody's share on a server, in a community of its own. */
    async record(server = here) {
      const sharer = await stage.createRecordedSharer(server.process);
      const { communityId } = await db.egressSession.findUniqueOrThrow({ where: { id: sharer.id } });
      if (communityId === null) throw new Error('the session has a community');
      await db.role.updateMany({
        where: { communityId },
        data: { actions: ['CONNECT', 'ENABLE_REPLAY_BUFFER'] },
      });
      await look();
      return { ...sharer, communityId, channelId: sharer.input.channelId };
    },

    /** Lets a new member of a community join its channel with a microphone. */
    async join(
      { communityId, channelId }: { communityId: string; channelId: string },
      actions: Action[] = ['CONNECT'],
    ): Promise<SignedInUser> {
      const user = await stage.createUser(communityId, actions);
      livekit.publish(channelId, user.id, { microphone: `TR_${randomUUID().slice(0, 8)}` });
      await look();
      return user;
    },

    async leave({ channelId }: { channelId: string }, { id }: SignedInUser): Promise<void> {
      livekit.leave(channelId, id);
      await look();
    },

    /** Waits until a recorder keeps the voices of exactly these people in a session. */
    async expectKept(
      server: typeof here,
      { id }: { id: string },
      people: readonly SignedInUser[],
    ): Promise<void> {
      await expect
        .poll(() => server.recorder.voicesOf(id).keep.toSorted())
        .toEqual(people.map((user) => user.id).toSorted());
    },

    async close(): Promise<void> {
      await Promise.all(servers.map(({ keptVoices }) => keptVoices.close()));
      await stage.close();
    },
  };
}
