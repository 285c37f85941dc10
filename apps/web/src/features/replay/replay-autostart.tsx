import { useEffect, useEffectEvent } from 'react';
import { useDispatch } from 'react-redux';
import { shareChanged } from './replay.slice.ts';
import { useReplayRequests, type RecordableShare } from './use-replay-requests.ts';

/**
 * Starts the buffer with each new share of a person who wants that, on whatever page they are. A share that was
 * published anew after a lost connection counts as new. Shows nothing.
 */
export function ReplayAutostart({
  channelId,
  share,
  isWanted,
}: {
  channelId: string | null;
  share: RecordableShare | null;
  isWanted: boolean;
}) {
  const dispatch = useDispatch();
  const { start } = useReplayRequests(channelId, share);
  const videoTrackSid = share?.videoTrackSid ?? null;
  const onShare = useEffectEvent(() => {
    dispatch(shareChanged());
    if (isWanted && share?.isRecordable === true) void start({ isPatient: true });
  });
  useEffect(() => onShare(), [videoTrackSid]);
  return null;
}
