import { useEffect, useEffectEvent } from 'react';
import { useNavigate } from 'react-router';
import type { ClipDto } from '@hindsight/shared/clips/clip';
import { playSound } from '../../../domain/replay/play-sound.ts';
import { isPageAway, showSystemNotification } from '../../../domain/replay/system-notification.ts';
import type { CaptureToast } from '../session/replay.slice.ts';
import { captureNotice } from './capture-notice.ts';
import { useNoticeSettings } from './notice-settings.ts';

/** Tells people who don't see the page how their press ended, once: by the system's notification and a sound. */
export function useCaptureNotice(capture: CaptureToast, clip: ClipDto | undefined): void {
  const navigate = useNavigate();
  const { areNoticesOn, isSoundOn } = useNoticeSettings();
  const notice = captureNotice(capture, clip);
  const kind = notice?.kind ?? null;
  const tell = useEffectEvent(() => {
    if (notice === null || !isPageAway()) return;
    // A hotkey has told of a refusal already.
    const isHeard = capture.via === 'hotkey' && capture.outcome.kind === 'refused';
    if (isSoundOn && !isHeard) playSound(notice.kind === 'saved' ? 'saved' : 'refused');
    if (!areNoticesOn) return;
    showSystemNotification({
      ...notice,
      tag: `capture-${capture.key}`,
      pictureUrl: capture.stillUrl ?? clip?.posterUrl ?? null,
      onOpen: () => void (notice.path !== null && navigate(notice.path)),
    });
  });
  useEffect(() => {
    if (kind !== null) tell();
  }, [kind]);
}
