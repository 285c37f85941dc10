import { createContext, useContext } from 'react';

export interface PopOut {
  /** Opens the small window, or brings it to the front; call it from a click. */
  open: () => void;
  /** The window is null while it is closed. */
  smallWindow: Window | null;
}

export const PopOutContext = createContext<PopOut>({ open: () => undefined, smallWindow: null });

export function usePopOut(): PopOut {
  return useContext(PopOutContext);
}
