import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import { announceError } from '../../../ui/announce-error.ts';
import { PopOutContext } from './pop-out.context.ts';
import { openSmallWindow } from './small-window.ts';

/**
 * Holds the small window beside this page. It lives as long as this component, so it stays while people move about in the app.
 * @param panel what the window shows
 */
export function PopOutProvider({ panel, children }: { panel: ReactNode; children: ReactNode }) {
  const [smallWindow, setSmallWindow] = useState<Window | null>(null);

  const open = useCallback(async () => {
    if (smallWindow !== null) {
      smallWindow.focus();
      return;
    }
    const opened = await openSmallWindow();
    if (opened === null)
      announceError({
        text: 'The browser did not allow a small window.',
        remedy: 'Allow pop-ups for this page in the address bar, and try again.',
        errorId: null,
      });
    setSmallWindow(opened);
  }, [smallWindow]);

  useEffect(() => {
    if (smallWindow === null) return undefined;
    const onClosed = () => setSmallWindow(null);
    const closeIt = () => smallWindow.close();
    // Hotkeys act wherever the focus is.
    const passOn = (event: KeyboardEvent) => {
      window.dispatchEvent(new KeyboardEvent('keydown', event));
    };
    smallWindow.addEventListener('pagehide', onClosed);
    smallWindow.addEventListener('keydown', passOn);
    window.addEventListener('pagehide', closeIt);
    return () => {
      smallWindow.removeEventListener('pagehide', onClosed);
      window.removeEventListener('pagehide', closeIt);
      smallWindow.close();
    };
  }, [smallWindow]);

  const value = useMemo(() => ({ open: () => void open(), smallWindow }), [open, smallWindow]);
  return (
    <PopOutContext value={value}>
      {children}
      {smallWindow !== null && createPortal(panel, smallWindow.document.body)}
    </PopOutContext>
  );
}
