import { useEffect, useEffectEvent, useRef } from 'react';
import { useDispatch } from 'react-redux';
import { RecordSharePrompt } from './record-share-prompt.tsx';
import { questionAnswered, questionAsked, shareChanged, shareResumed } from './replay.slice.ts';
import { useReplayRequests, useReplayState, type RecordableShare } from './use-replay-requests.ts';

/**
 * Starts the buffer with each new share of a person who wants that, on every page. People who want to be asked first
 * are asked, and nothing is recorded until they answer. A share that was published again after a lost connection
 * follows the answer given before.
 */
export function ReplayAutostart({
  channelId,
  share,
  isWanted,
  isAskedFirst,
}: {
  channelId: string | null;
  share: RecordableShare | null;
  isWanted: boolean;
  isAskedFirst: boolean;
}) {
  const dispatch = useDispatch();
  const { question } = useReplayState();
  const { start } = useReplayRequests(channelId, share);
  const videoTrackSid = share?.videoTrackSid ?? null;
  const previousSid = useRef<string | null>(null);

  const onShare = useEffectEvent(() => {
    const isResumed = previousSid.current !== null && videoTrackSid !== null;
    previousSid.current = videoTrackSid;
    dispatch(isResumed ? shareResumed() : shareChanged());
    if (!isWanted || share === null) return;
    if (!isAskedFirst || (isResumed && question === 'accepted')) void start({ isPatient: true });
    else if (!isResumed) dispatch(questionAsked());
  });
  useEffect(() => onShare(), [videoTrackSid]);

  if (question !== 'open' || share === null) return null;
  return (
    <RecordSharePrompt
      onAnswer={(isYes) => {
        dispatch(questionAnswered(isYes));
        if (isYes) void start({ isPatient: true });
      }}
    />
  );
}
