import { useEffect, useRef, type ReactNode } from 'react';
import classes from './toast-stack.module.css';

/**
 * Holds the corner that toasts stand in, on every page. While something is in full screen the corner is a popover,
 * which browsers show above it; its elements stay in place, so that a title that is being typed is kept.
 */
export function ToastStack({ children }: { children: ReactNode }) {
  const stack = useRef<HTMLDivElement>(null);
  useEffect(() => {
    function onFullScreen(): void {
      const element = stack.current;
      if (element === null) return;
      // The popover is closed and opened again, because the last one to open is on top.
      if (element.hasAttribute('popover') && element.matches(':popover-open')) element.hidePopover();
      if (document.fullscreenElement === null) {
        element.removeAttribute('popover');
        return;
      }
      element.setAttribute('popover', 'manual');
      element.showPopover();
    }
    document.addEventListener('fullscreenchange', onFullScreen);
    return () => document.removeEventListener('fullscreenchange', onFullScreen);
  }, []);
  return (
    <div ref={stack} className={classes.stack}>
      {children}
    </div>
  );
}
