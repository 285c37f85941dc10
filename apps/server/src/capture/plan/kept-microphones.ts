import type { ReplayClip } from '@hindsight/db/client';
import { SECOND } from '@hindsight/shared/units';
import { segmentPathOf } from '../../buffer/buffer-paths.ts';
import type { Timeline } from '../../buffer/piece.ts';
import type { VoiceLanes, VoicePieceFile } from '../../buffer/voice-lanes.ts';
import type { VoiceConsentRules } from '../../consent/voice-consent.ts';
import type { KeptMicrophone } from './mixed-layout.ts';

/** What was said shortly before a clip is read too, so that decoders have settled when it begins. */
const SETTLING_MS = 8 * SECOND;
/** A decoder looks ahead a little. */
const AHEAD_MS = SECOND;

interface KeptMicrophonesDependencies {
  lanes: Pick<VoiceLanes, 'list'>;
  consent: Pick<VoiceConsentRules, 'allowedIn'>;
}

/** A range of somebody's buffer in a community's channel; the community is null when it is gone. */
type SharersRange = Pick<ReplayClip, 'communityId' | 'userId' | 'roomName' | 'fromAt' | 'toAt'>;

export type KeptMicrophones = ReturnType<typeof createKeptMicrophones>;

/** Finds the voices that may be in a clip: those that the buffer has of people who agree to it now. */
export function createKeptMicrophones({ lanes, consent }: KeptMicrophonesDependencies) {
  return {
    /** Returns the microphones that may be heard in a clip of a range of the timeline. */
    async of(clip: SharersRange, timeline: Timeline): Promise<KeptMicrophone[]> {
      const { communityId, userId: sharerId, roomName } = clip;
      if (communityId === null) return [];
      const range = { fromMs: clip.fromAt.getTime(), toMs: clip.toAt.getTime() };
      const sessionIds = new Set(
        timeline.flatMap((piece) =>
          piece.toMs > range.fromMs && piece.fromMs < range.toMs ? piece.sessionId : [],
        ),
      );
      const found = await Promise.all(
        [...sessionIds].map(async (id) => {
          const folder = segmentPathOf({ roomName, userId: sharerId, id });
          const files = await lanes.list(folder, range.fromMs - SETTLING_MS, range.toMs + AHEAD_MS);
          return microphonesOf(id, files);
        }),
      );
      const microphones = found.flat();
      if (microphones.length === 0) return [];
      const userIds = [...new Set(microphones.map(({ userId }) => userId))];
      const allowed = await consent.allowedIn({ communityId, sharerId, userIds });
      return microphones.filter(({ userId }) => allowed.has(userId));
    },
  };
}

function microphonesOf(sessionId: string, files: readonly VoicePieceFile[]): KeptMicrophone[] {
  const bySlot = Map.groupBy(files, ({ identity, slot }) => `${identity} ${slot}`);
  return [...bySlot.values()].flatMap((ofSlot) => {
    const [first] = ofSlot;
    return first === undefined ? [] : [{ sessionId, userId: first.identity, files: ofSlot }];
  });
}
