import { useRef } from 'react';
import { useDispatch } from 'react-redux';
import { useHotkeyActions } from '../../../hotkeys/use-hotkeys.ts';
import { CaptureToast } from './capture-toast.tsx';
import classes from './capture-toasts.module.css';
import type { Remedy } from '../session/error-remedy.ts';
import { captureDismissed } from '../session/replay.slice.ts';
import { useReplayState } from '../session/use-replay-requests.ts';

/**
 * Shows one toast for each press, on every page, until it is dismissed or its clip has long been saved. It never takes
 * the focus by itself.
 */
export function CaptureToasts({ onRemedy }: { onRemedy: (remedy: Remedy) => void }) {
  const dispatch = useDispatch();
  const { captures } = useReplayState();
  const region = useRef<HTMLElement>(null);
  useHotkeyActions({
    nameNewestClip() {
      const title = [...(region.current?.querySelectorAll('input') ?? [])].at(-1);
      // Selecting alone doesn't move the focus in every browser.
      title?.focus();
      title?.select();
    },
  });
  return (
    <section ref={region} className={classes.region} aria-label="Clips being saved" aria-live="polite">
      {captures.map((capture) => (
        <CaptureToast
          key={capture.key}
          capture={capture}
          onDismiss={() => dispatch(captureDismissed(capture.key))}
          onRemedy={onRemedy}
        />
      ))}
    </section>
  );
}
