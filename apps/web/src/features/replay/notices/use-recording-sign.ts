import { skipToken } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef } from 'react';
import { useServerLink } from '../../../api/server-link.slice.ts';
import { trpc } from '../../../api/trpc.ts';
import { playSound } from '../../../domain/replay/play-sound.ts';
import { isPageAway, showSystemNotification } from '../../../domain/replay/system-notification.ts';
import { useNoticeSettings } from './notice-settings.ts';
import { recordingSign, type RecordingSign } from './recording-sign.ts';

/**
 * Returns how one's own recording in a channel stands, and tells of its loss, or of doubts about it, once: by a sound, and by the system's notification to
 * people who don't see the page.
 */
export function useRecordingSign(channelId: string | null, hasCallEnded: boolean): RecordingSign {
  const { isUnheard } = useServerLink();
  const { areNoticesOn, isSoundOn } = useNoticeSettings();
  const { data } = trpc.replay.mine.useQuery(channelId === null ? skipToken : { channelId });
  const { sign, reason } = recordingSign(data, { hasCallEnded, isUnheard });
  const last = useRef<RecordingSign>('none');
  const onSign = useEffectEvent((now: RecordingSign) => {
    const before = last.current;
    last.current = now;
    const isDoubtful = now === 'unknown' && before === 'on';
    const isLost = now === 'lost' && (before === 'on' || before === 'unknown');
    if (!isDoubtful && !isLost) return;
    if (isSoundOn && before === 'on') playSound('lost');
    if (!areNoticesOn || !isPageAway()) return;
    showSystemNotification({
      title: isLost ? 'You are no longer being recorded' : 'You may no longer be recorded',
      body: `${reason ?? ''} What was kept before can still be saved.`.trim(),
      pictureUrl: null,
      tag: 'recording-lost',
      onOpen: () => undefined,
    });
  });
  useEffect(() => onSign(sign), [sign]);
  return sign;
}
