import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { Quality } from '@hindsight/shared/replay/replay';
import type { VoiceProblem } from './voice-problem.ts';

export type LinkQuality = 'excellent' | 'good' | 'poor' | 'lost' | 'unknown';

/** This is a person in the room, as the interface needs them. LiveKit's own objects stay in the room module. */
export interface RoomPerson {
  userId: string;
  username: string;
  isLocal: boolean;
  isSpeaking: boolean;
  isMicOn: boolean;
  linkQuality: LinkQuality;
  isSharing: boolean;
  /** The id changes whenever there is another picture to show; null until one has arrived. */
  pictureId: string | null;
}

/** This is the caller's own published share, with which a recording is started. */
export interface LocalShare {
  videoTrackSid: string;
  audioTrackSid: string | null;
  quality: Quality;
  /** What is shared shows nothing, as a window that is minimised. */
  isPictureMissing: boolean;
}

export interface VoiceChannel {
  id: string;
  name: string;
  communityId: string;
}

export interface VoiceState {
  status: 'idle' | 'connecting' | 'connected' | 'reconnecting';
  channel: VoiceChannel | null;
  people: RoomPerson[];
  localShare: LocalShare | null;
  isShareStarting: boolean;
  isDeafened: boolean;
  /** The browser plays no sound before the person has clicked somewhere. */
  isSoundBlocked: boolean;
  problem: VoiceProblem | null;
  /** The stay in this channel ended by a problem, not by the person's choice. It is known until they join again or dismiss it. */
  endedStay: VoiceChannel | null;
}

/** The room module reports this at every change. Without `localShare`, the share stays as it was. */
type RoomSnapshot = Pick<VoiceState, 'people' | 'isSoundBlocked'> & Partial<Pick<VoiceState, 'localShare'>>;

const initialState: VoiceState = {
  status: 'idle',
  channel: null,
  people: [],
  localShare: null,
  isShareStarting: false,
  isDeafened: false,
  isSoundBlocked: false,
  problem: null,
  endedStay: null,
};

const voiceSlice = createSlice({
  name: 'voice',
  initialState,
  reducers: {
    joinStarted(state, { payload }: PayloadAction<VoiceChannel>) {
      return {
        ...initialState,
        isDeafened: state.isDeafened,
        status: 'connecting' as const,
        channel: payload,
      };
    },
    joined(state) {
      state.status = 'connected';
    },
    roomChanged(state, { payload }: PayloadAction<RoomSnapshot>) {
      Object.assign(state, payload);
    },
    reconnecting(state) {
      state.status = 'reconnecting';
    },
    reconnected(state) {
      state.status = 'connected';
    },
    /** Leaves the room. It was the person's choice when `problem` is null. */
    left(state, { payload }: PayloadAction<VoiceProblem | null>) {
      return {
        ...initialState,
        isDeafened: state.isDeafened,
        problem: payload,
        endedStay: payload === null ? null : state.channel,
      };
    },
    shareStarting(state) {
      state.isShareStarting = true;
      state.problem = null;
    },
    shareSettled(state) {
      state.isShareStarting = false;
    },
    deafened(state, { payload }: PayloadAction<boolean>) {
      state.isDeafened = payload;
    },
    problemMet(state, { payload }: PayloadAction<VoiceProblem>) {
      state.problem = payload;
    },
    problemDismissed(state) {
      state.problem = null;
      state.endedStay = null;
    },
  },
});

export const {
  joinStarted,
  joined,
  roomChanged,
  reconnecting,
  reconnected,
  left,
  shareStarting,
  shareSettled,
  deafened,
  problemMet,
  problemDismissed,
} = voiceSlice.actions;
export const voiceReducer = voiceSlice.reducer;
