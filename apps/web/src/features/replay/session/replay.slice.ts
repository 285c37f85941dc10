import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { CaptureInput } from '@hindsight/shared/replay/replay';
import type { MarkedMoment } from '../../../api/press-clock.ts';
import type { PresentedError } from '../../../api/present-error.ts';

/** This is what is to be saved: the last seconds, or what was chosen in the capture dialog. */
type AskedCapture =
  | { lastSeconds: number; startAfresh?: boolean }
  | ({ from: string; to: string } & Pick<CaptureInput, 'title' | 'share' | 'levels'>);

/** This is a press on one of the save buttons, from its first moment until its toast is gone. */
export interface CaptureToast {
  key: string;
  channelId: string;
  asked: AskedCapture;
  moment: MarkedMoment;
  /** A hotkey may be pressed blindly, in full screen, so a sound answers it as well. */
  via: 'button' | 'hotkey';
  /** The length is what the button promised. */
  expectedMs: number;
  /** The still shows the share at the press, as a data URL. */
  stillUrl: string | null;
  outcome:
    /** It is unanswered when the server should have answered by now. */
    | { kind: 'asking'; isUnanswered: boolean }
    | { kind: 'accepted'; clipId: string; isShorterThanAsked: boolean; lastPictureAt: string | null }
    /** The clip was undone. It can be restored until then (epoch ms of this machine); null means that it can't. */
    | { kind: 'undone'; clipId: string; restorableUntilMs: number | null }
    | { kind: 'refused'; error: PresentedError };
}

export interface ReplayState {
  /** The person asked this of the buffer, and the server has not answered yet. */
  request: 'none' | 'starting' | 'stopping';
  /** The error says why the last request was refused. */
  error: PresentedError | null;
  /** The value tells whether the present share may be recorded, for people who want to be asked first. */
  question: 'none' | 'open' | 'accepted' | 'declined';
  captures: CaptureToast[];
}

const ASKING = { kind: 'asking', isUnanswered: false } as const;

const initialState: ReplayState = { request: 'none', error: null, question: 'none', captures: [] };

/** What was to be stopped is stopped all the same, and its answer settles the request. */
function forgetStart(state: ReplayState): void {
  if (state.request === 'starting') state.request = 'none';
}

const replaySlice = createSlice({
  name: 'replay',
  initialState,
  reducers: {
    startRequested(state) {
      // A person who starts it by hand has answered the question.
      if (state.question === 'open') state.question = 'accepted';
      state.request = 'starting';
      state.error = null;
    },
    stopRequested(state) {
      state.request = 'stopping';
      state.error = null;
    },
    requestSettled(state) {
      state.request = 'none';
    },
    requestRefused(state, { payload }: PayloadAction<PresentedError>) {
      state.request = 'none';
      state.error = payload;
    },
    /** Forgets what was asked for the old share, because it is over or another one began. */
    shareChanged(state) {
      forgetStart(state);
      state.error = null;
      state.question = 'none';
    },
    /** Keeps what was answered, because the same share goes on under another track after a lost connection. */
    shareResumed(state) {
      forgetStart(state);
      state.error = null;
    },
    questionAsked(state) {
      state.question = 'open';
    },
    questionAnswered(state, { payload: isYes }: PayloadAction<boolean>) {
      state.question = isYes ? 'accepted' : 'declined';
    },
    replayErrorDismissed(state) {
      state.error = null;
    },
    captureStarted(state, { payload }: PayloadAction<Omit<CaptureToast, 'outcome'>>) {
      state.captures.push({ ...payload, outcome: ASKING });
    },
    captureUnanswered(state, { payload: key }: PayloadAction<string>) {
      const capture = state.captures.find((candidate) => candidate.key === key);
      if (capture?.outcome.kind === 'asking') capture.outcome.isUnanswered = true;
    },
    captureRetried(state, { payload: key }: PayloadAction<string>) {
      const capture = state.captures.find((candidate) => candidate.key === key);
      if (capture !== undefined) capture.outcome = ASKING;
    },
    captureSettled(
      state,
      {
        payload,
      }: PayloadAction<{ key: string; outcome: Exclude<CaptureToast['outcome'], { kind: 'asking' }> }>,
    ) {
      const capture = state.captures.find(({ key }) => key === payload.key);
      if (capture !== undefined) capture.outcome = payload.outcome;
    },
    captureDismissed(state, { payload: key }: PayloadAction<string>) {
      state.captures = state.captures.filter((capture) => capture.key !== key);
    },
  },
});

export const {
  startRequested,
  stopRequested,
  requestSettled,
  requestRefused,
  shareChanged,
  shareResumed,
  questionAsked,
  questionAnswered,
  replayErrorDismissed,
  captureStarted,
  captureUnanswered,
  captureRetried,
  captureSettled,
  captureDismissed,
} = replaySlice.actions;
export const replayReducer = replaySlice.reducer;
