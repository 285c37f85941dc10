import { nanoid } from '@reduxjs/toolkit';
import { useCallback } from 'react';
import { useDispatch } from 'react-redux';
import type { CaptureMinutes } from '@hindsight/shared/replay';
import { MINUTE, SECOND } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { captureSettled, captureStarted } from './replay.slice.ts';

/** The server honours no press that is older. */
const MAX_PRESSED_AGO_MS = 30 * SECOND;

export interface Press {
  minutes: CaptureMinutes;
  /** `timeStamp` of the event: when it was pressed, not when we got round to it. */
  pressedAt: number;
}

/**
 * Saves the last minutes of the caller's buffer in a channel. The toast stands before the server is asked.
 * @param takeStill a picture of the share at this moment; null without one
 */
export function useCapture({
  channelId,
  takeStill,
  givesMs,
}: {
  channelId: string | null;
  takeStill: () => string | null;
  /** What a length would give now. */
  givesMs: (minutes: CaptureMinutes) => number;
}): (press: Press) => void {
  const dispatch = useDispatch();
  const utils = trpc.useUtils();
  const { mutateAsync: requestCapture } = trpc.replay.capture.useMutation();

  return useCallback(
    ({ minutes, pressedAt }) => {
      if (channelId === null) return;
      const key = nanoid();
      dispatch(
        captureStarted({
          key,
          minutes,
          expectedMs: Math.min(givesMs(minutes), minutes * MINUTE),
          stillUrl: takeStill(),
        }),
      );
      const pressedAgoMs = Math.min(MAX_PRESSED_AGO_MS, Math.max(0, performance.now() - pressedAt));
      requestCapture({ channelId, lastMinutes: minutes, pressedAgoMs }).then(
        ({ clip, isShorterThanAsked }) => {
          // An event may already have brought something newer.
          utils.clip.get.setData({ clipId: clip.id }, (known) => known ?? clip);
          void utils.clip.list.invalidate();
          void utils.quota.mine.invalidate();
          dispatch(
            captureSettled({ key, outcome: { kind: 'accepted', clipId: clip.id, isShorterThanAsked } }),
          );
        },
        (error: unknown) =>
          dispatch(captureSettled({ key, outcome: { kind: 'refused', error: presentError(error) } })),
      );
    },
    [channelId, takeStill, givesMs, dispatch, requestCapture, utils],
  );
}
