import type { RoomSession } from '@hindsight/shared/replay/replay';
import { agreedToVoice, type VoiceConsentState } from '@hindsight/shared/replay/voice-consent';

/** What the voice panel has to say of my voice: a question, that others keep it, or that they don't because I said so. */
export interface VoiceNoteState {
  kind: 'question' | 'kept' | 'left-out';
  /** Whose replay buffers it is about. */
  names: string[];
}

/** Returns what there is to say of my voice in other people's replay buffers in the channel that I am in; null for nothing. */
export function voiceNoteState({
  sessions,
  myUserId,
  communityId,
  consent,
}: {
  /** The recordings of the channel. */
  sessions: readonly RoomSession[];
  myUserId: string | null;
  communityId: string;
  consent: VoiceConsentState | null;
}): VoiceNoteState | null {
  const ofOthers = sessions.filter(({ userId }) => userId !== myUserId);
  const namesOf = (some: readonly RoomSession[]) => some.map(({ username }) => username);
  const keeping = ofOthers.filter(({ voices }) => voices.some(({ userId }) => userId === myUserId));
  if (keeping.length > 0) return { kind: 'kept', names: namesOf(keeping) };

  const here = consent?.communities.find((each) => each.communityId === communityId);
  if (consent?.isSupported !== true || here?.isAllowed !== true || ofOthers.length === 0) return null;
  const { voiceConsent } = consent;
  if (agreedToVoice({ voiceConsent, mayKeepVoice: here.mayKeepVoice }) === null)
    return { kind: 'question', names: namesOf(ofOthers) };
  // Whoever says never in general needs no reminder.
  return here.mayKeepVoice === false ? { kind: 'left-out', names: namesOf(ofOthers) } : null;
}
