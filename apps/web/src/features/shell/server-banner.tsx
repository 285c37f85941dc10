import { IconPlugConnectedX } from '@tabler/icons-react';
import { useSelector } from 'react-redux';
import classes from './server-banner.module.css';

/** Says that the server doesn't answer, and disappears when it does. */
export function ServerBanner() {
  const isReachable = useSelector(
    (state: { serverLink: { isReachable: boolean } }) => state.serverLink.isReachable,
  );
  return (
    <div role="status">
      {!isReachable && (
        <p className={classes.banner}>
          <IconPlugConnectedX size={18} aria-hidden />
          {navigator.onLine
            ? 'The server does not answer. Trying again…'
            : 'You are offline. Waiting for the network…'}
        </p>
      )}
    </div>
  );
}
