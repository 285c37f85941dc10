import { useCallback, useEffect, useRef } from 'react';
import { useDispatch, useSelector, useStore } from 'react-redux';
import type { Quality } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { findOwnRecording } from './find-own-recording.ts';
import {
  requestRefused,
  requestSettled,
  startRequested,
  stopRequested,
  type ReplayState,
} from './replay.slice.ts';

/** A recording is started with this; the voice feature's share has these fields and more. */
export interface RecordableShare {
  videoTrackSid: string;
  audioTrackSid: string | null;
  quality: Quality;
}

/** After a reconnect the old recording may take a moment to notice that its tracks are gone. */
const PATIENT_TRIES = 4;
const PATIENT_WAIT_MS = 2 * SECOND;

export function useReplayState(): ReplayState {
  return useSelector((state: { replay: ReplayState }) => state.replay);
}

/** Starts and stops the buffer of the caller's share in a channel. */
export function useReplayRequests(channelId: string | null, share: RecordableShare | null) {
  const dispatch = useDispatch();
  const store = useStore<{ replay: ReplayState }>();
  const utils = trpc.useUtils();
  const { mutateAsync: startRecording } = trpc.replay.start.useMutation();
  const { mutateAsync: stopRecording } = trpc.replay.stop.useMutation();
  const current = useRef(share);
  useEffect(() => {
    current.current = share;
  }, [share]);

  const refresh = useCallback(async () => {
    if (channelId === null) return;
    await Promise.all([
      utils.replay.mine.invalidate({ channelId }),
      utils.replay.status.invalidate({ channelId }),
    ]);
  }, [utils, channelId]);

  const stop = useCallback(
    async (sessionId: string) => {
      dispatch(stopRequested());
      try {
        await stopRecording({ sessionId });
      } catch (error) {
        const presented = presentError(error);
        // It ended by itself in the meantime, so the request is fulfilled.
        if (presented.code !== 'SESSION_NOT_ACTIVE') {
          dispatch(requestRefused(presented));
          return;
        }
      }
      await refresh();
      dispatch(requestSettled());
    },
    [dispatch, stopRecording, refresh],
  );

  /** Takes back the start that the server has not answered yet. What it starts all the same is stopped at once. */
  const takeBackStart = useCallback(() => dispatch(stopRequested()), [dispatch]);

  /**
   * Starts the recording. `isPatient` means that nobody pressed anything, so it waits for an old recording that is
   * about to end.
   */
  const start = useCallback(
    async ({ isPatient = false } = {}) => {
      if (channelId === null || share === null) return;
      const { videoTrackSid, audioTrackSid, quality } = share;
      const isStillWanted = () => current.current?.videoTrackSid === videoTrackSid;
      const isTakenBack = () => store.getState().replay.request === 'stopping';
      dispatch(startRequested());
      for (let triesLeft = isPatient ? PATIENT_TRIES : 1; triesLeft > 0; triesLeft -= 1) {
        try {
          const session = await startRecording({
            channelId,
            videoTrackSid,
            audioTrackSid: audioTrackSid ?? undefined,
            quality,
          });
          if (!isTakenBack()) await refresh();
          // Whoever took it back during the refresh is heard, too.
          if (isTakenBack()) await stop(session.id);
          else if (isStillWanted()) dispatch(requestSettled());
          return;
        } catch (error) {
          if (isTakenBack()) break;
          if (!isStillWanted()) return;
          const presented = presentError(error);
          if (presented.code !== 'ALREADY_ACTIVE' || triesLeft === 1) {
            dispatch(requestRefused(presented));
            return;
          }
          await new Promise((resolve) => setTimeout(resolve, PATIENT_WAIT_MS));
          if (isTakenBack()) break;
          if (!isStillWanted()) return;
        }
      }
      dispatch(requestSettled());
    },
    [channelId, share, dispatch, store, startRecording, refresh, stop],
  );

  /** Ends the caller's recording wherever it runs, then starts here. */
  const stopOtherAndStart = useCallback(async () => {
    const sessionId = await findOwnRecording(utils).catch(() => null);
    if (sessionId !== null) await stop(sessionId);
    await start({ isPatient: true });
  }, [utils, stop, start]);

  return { start, stop, takeBackStart, stopOtherAndStart };
}
