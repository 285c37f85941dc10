import { nanoid } from '@reduxjs/toolkit';
import { useCallback } from 'react';
import { useDispatch } from 'react-redux';
import { SECOND } from '@hindsight/shared/units';
import { usePressClock } from '../../../api/press-clock.ts';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { playSound } from '../../../domain/replay/play-sound.ts';
import { sendUntilAnswered } from './send-until-answered.ts';
import {
  captureRetried,
  captureSettled,
  captureStarted,
  captureUnanswered,
  type CaptureToast,
} from '../session/replay.slice.ts';

export interface Press extends Pick<CaptureToast, 'via'> {
  seconds: number;
  /** The next press saves nothing from before the end of this clip. */
  startAfresh?: boolean;
  /** The time is the event's `timeStamp`. */
  pressedAt: number;
}

/** This is what was chosen in the capture dialog. */
export type ChosenCapture = Pick<CaptureToast, 'channelId' | 'asked' | 'expectedMs' | 'stillUrl'> &
  Pick<Press, 'pressedAt'>;

/** Asks the server for the clip until it answers, and puts its answer into the toast. */
function useCaptureRequest(): (
  capture: Pick<CaptureToast, 'key' | 'channelId' | 'asked' | 'moment'>,
) => Promise<{ isAccepted: boolean }> {
  const dispatch = useDispatch();
  const utils = trpc.useUtils();
  const clock = usePressClock();

  return useCallback(
    async ({ key, channelId, asked, moment }) => {
      try {
        const { clip, isShorterThanAsked, lastPictureAt } = await sendUntilAnswered({
          // The same press sent again is not accepted twice, and each time its age is another.
          send: (signal) =>
            utils.client.replay.capture.mutate(
              { channelId, ...asked, ...clock.momentOf(moment), pressKey: key },
              { signal },
            ),
          isNoAnswer: (error) => presentError(error).code === 'UNREACHABLE',
          onUnanswered: () => dispatch(captureUnanswered(key)),
        });
        // An event may already have brought something newer.
        utils.clip.get.setData({ clipId: clip.id }, (known) => known ?? clip);
        void utils.clip.list.invalidate();
        void utils.quota.mine.invalidate();
        const accepted = { kind: 'accepted', clipId: clip.id, isShorterThanAsked, lastPictureAt } as const;
        dispatch(captureSettled({ key, outcome: accepted }));
        return { isAccepted: true };
      } catch (error) {
        dispatch(captureSettled({ key, outcome: { kind: 'refused', error: presentError(error) } }));
        return { isAccepted: false };
      }
    },
    [clock, dispatch, utils],
  );
}

/**
 * Saves the end of the caller's buffer in a channel. The toast appears before the server is asked.
 * @param takeStill returns a picture of the share at this moment; null without one
 */
export function useCapture({
  channelId,
  takeStill,
  givesMs,
  isSoundOn,
}: {
  channelId: string | null;
  takeStill: () => string | null;
  /** Returns how long a clip of these seconds would be now. */
  givesMs: (seconds: number) => number;
  isSoundOn: boolean;
}): (press: Press) => void {
  const dispatch = useDispatch();
  const clock = usePressClock();
  const request = useCaptureRequest();
  return ({ seconds, startAfresh = false, pressedAt, via }) => {
    if (channelId === null) return;
    const asked = { lastSeconds: seconds, ...(startAfresh ? { startAfresh } : {}) };
    const capture = { key: nanoid(), channelId, asked, moment: clock.mark(pressedAt), via };
    const expectedMs = Math.min(givesMs(seconds), seconds * SECOND);
    dispatch(captureStarted({ ...capture, expectedMs, stillUrl: takeStill() }));
    const isHeard = isSoundOn && via === 'hotkey';
    if (isHeard) playSound('captured');
    void request(capture).then(({ isAccepted }) => {
      if (isHeard && !isAccepted) playSound('refused');
    });
  };
}

/** Saves what was chosen in the capture dialog. Its toast appears before the server is asked, as with every press. */
export function useChosenCapture(): (chosen: ChosenCapture) => void {
  const dispatch = useDispatch();
  const clock = usePressClock();
  const request = useCaptureRequest();
  return ({ pressedAt, ...chosen }) => {
    const capture = { ...chosen, key: nanoid(), moment: clock.mark(pressedAt), via: 'button' as const };
    dispatch(captureStarted(capture));
    void request(capture);
  };
}

/** Asks once more for a capture that was refused. It still counts from the moment of the press. */
export function useCaptureRetry(): (capture: CaptureToast) => void {
  const dispatch = useDispatch();
  const request = useCaptureRequest();
  return (capture) => {
    dispatch(captureRetried(capture.key));
    void request(capture);
  };
}
