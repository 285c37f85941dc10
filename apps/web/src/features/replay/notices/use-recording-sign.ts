import { skipToken } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { trpc } from '../../../api/trpc.ts';
import { playSound } from '../../../domain/replay/play-sound.ts';
import { isPageAway, showSystemNotification } from '../../../domain/replay/system-notification.ts';
import { useNoticeSettings } from './notice-settings.ts';
import { recordingSign, type RecordingSign } from './recording-sign.ts';

/**
 * Returns how one's own recording in a channel stands, and tells of its loss once: by a sound, and by the system's notification to
 * people who don't see the page.
 */
export function useRecordingSign(channelId: string | null, hasCallEnded: boolean): RecordingSign {
  const { areNoticesOn, isSoundOn } = useNoticeSettings();
  const { data } = trpc.replay.mine.useQuery(channelId === null ? skipToken : { channelId });
  const { sign, reason } = recordingSign(data, hasCallEnded);
  const last = useRef<RecordingSign>('none');
  const onSign = useEffectEvent((now: RecordingSign) => {
    const wasOn = last.current === 'on';
    last.current = now;
    if (now !== 'lost' || !wasOn) return;
    if (isSoundOn) playSound('lost');
    if (!areNoticesOn || !isPageAway()) return;
    showSystemNotification({
      title: 'You are no longer being recorded',
      body: `${reason ?? ''} What was kept before can still be saved.`.trim(),
      pictureUrl: null,
      tag: 'recording-lost',
      onOpen: () => undefined,
    });
  });
  useEffect(() => onSign(sign), [sign]);
  return sign;
}
