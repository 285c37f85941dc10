import { useAppSelector } from '../app/hooks.ts';

/** The dialogs that features ask for, each loaded when it is first opened. */
export function Dialogs() {
  const open = useAppSelector((state) => state.dialogs.open);
  switch (open?.kind) {
    case 'share-clip':
    case 'capture':
    case undefined:
      return null;
  }
}
