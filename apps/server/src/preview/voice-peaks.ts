import type { PrismaClient } from '@hindsight/db/client';
import { SAMPLES_PER_MS, windowEndMs } from '@hindsight/recorder/voices/voice-piece';
import { hasCode } from '@hindsight/shared/error-code';
import { PEAK_MS, type VoicePeaks, type VoicePeaksInput } from '@hindsight/shared/replay/preview';
import { LRUCache } from 'lru-cache';
import type { Access } from '../access/access.service.ts';
import type { TimelineService } from '../buffer/timeline.service.ts';
import type { MixThreads } from '../capture/mix/mix-threads.ts';
import type { Microphone } from '../capture/mix/mix-recipe.ts';
import type { KeptMicrophones } from '../capture/plan/kept-microphones.ts';
import { forgetGone } from './gone-files.ts';
import type { SignedInUser } from '../trpc/trpc.ts';

interface VoicePeaksDependencies {
  db: PrismaClient;
  access: Pick<Access, 'requireChannel'>;
  timeline: Pick<TimelineService, 'kept'>;
  microphones: KeptMicrophones;
  thread: Pick<MixThreads, 'loudness'>;
}

type VoiceFile = Microphone['files'][number];

/** How loud somebody was from a time on (epoch ms), in steps of `PEAK_MS`. */
interface Heard {
  fromMs: number;
  levels: Uint8Array;
}

export type VoicePeaksService = ReturnType<typeof createVoicePeaks>;

/** A file has ten seconds, so these are more than a day of a voice. */
const MAX_KNOWN_FILES = 10_000;
const SILENCE = new Uint8Array();

/** Tells users who spoke when in their own buffer. What was said is decoded when it is asked for, and only its loudness is remembered. */
export function createVoicePeaks({ db, access, timeline, microphones, thread }: VoicePeaksDependencies) {
  const known = new LRUCache<string, { path: string; heard: Heard }>({ max: MAX_KNOWN_FILES });

  async function heardIn(file: VoiceFile): Promise<Heard> {
    // The size belongs to it, because a file that is still written grows.
    const key = `${file.path} ${file.sizeBytes}`;
    const before = known.get(key);
    if (before !== undefined) return before.heard;
    const heard = await decode(file);
    known.set(key, { path: file.path, heard });
    return heard;
  }

  async function decode({ path, sizeBytes, fromMs }: VoiceFile): Promise<Heard> {
    const startMs = Math.floor(fromMs / PEAK_MS) * PEAK_MS;
    const toTicks = (ms: number) => (ms - startMs) * SAMPLES_PER_MS;
    const to = toTicks(windowEndMs(fromMs));
    const span = { fromTicks: 0, toTicks: to };
    const microphone = { userId: '', files: [{ path, sizeBytes, ...span }] };
    const recipe = {
      id: '',
      packetCount: 0,
      sections: [
        {
          ...span,
          share: { shiftTicks: 0, segments: [] },
          voices: { shiftTicks: -startMs * SAMPLES_PER_MS, microphones: [microphone] },
        },
      ],
    };
    try {
      const [voice] = (await thread.loudness(recipe, { from: 0, to }, 'awaited')) ?? [];
      return { fromMs: startMs, levels: voice?.levels ?? SILENCE };
    } catch (error) {
      // It was too old, or its owner has taken it back.
      if (hasCode(error, 'ENOENT')) return { fromMs: startMs, levels: SILENCE };
      throw error;
    }
  }

  return {
    /**
     * Tells how loud each person was whose voice may be in a clip of the caller's buffer.
     * @throws AppError NOT_FOUND, PERMISSION_DENIED
     */
    async of(user: SignedInUser, { channelId, from, to }: VoicePeaksInput): Promise<VoicePeaks[]> {
      const { channel } = await access.requireChannel(user, channelId, 'CAPTURE_REPLAY');
      const [fromAt, toAt] = [new Date(from), new Date(to)];
      const range = { userId: user.id, communityId: channel.communityId, roomName: channelId, fromAt, toAt };
      const kept = await timeline.kept({ userId: user.id, channelId }, Date.now());
      const byPerson = Map.groupBy(await microphones.of(range, kept), ({ userId }) => userId);
      const people = await db.user.findMany({
        where: { id: { in: [...byPerson.keys()] } },
        select: { id: true, username: true },
        orderBy: { username: 'asc' },
      });
      const voices: VoicePeaks[] = [];
      for (const { id, username } of people) {
        const peaks = Array.from<number>({
          length: Math.ceil((toAt.getTime() - fromAt.getTime()) / PEAK_MS),
        }).fill(0);
        // One file after the other: a clip that somebody watches is mixed between them.
        for (const file of (byPerson.get(id) ?? []).flatMap(({ files }) => files))
          if (file.fromMs < toAt.getTime() && file.toMs > fromAt.getTime())
            place(peaks, fromAt.getTime(), await heardIn(file));
        voices.push({ userId: id, username, isMine: id === user.id, peaks });
      }
      return voices;
    },

    /** Forgets the loudness of files that are gone. A periodic job calls it. */
    sweep: () => forgetGone(known),
  };
}

/** Adds what was heard to peaks that begin at a time (epoch ms). */
function place(peaks: number[], fromMs: number, heard: Heard): void {
  const first = Math.floor((heard.fromMs - fromMs) / PEAK_MS);
  for (const [index, level] of heard.levels.entries()) {
    const at = first + index;
    if (at >= 0 && at < peaks.length) peaks[at] = Math.max(peaks[at] ?? 0, level);
  }
}
