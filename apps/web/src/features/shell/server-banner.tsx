import { IconPlugConnectedX } from '@tabler/icons-react';
import { useServerLink } from '../../api/server-link.slice.ts';
import classes from './server-banner.module.css';

/** Says that the server doesn't answer, or that its news don't arrive by themselves, and disappears when they do. */
export function ServerBanner() {
  const { isReachable, isSilent } = useServerLink();
  return (
    <div role="status">
      {(!isReachable || isSilent) && (
        <p className={classes.banner}>
          <IconPlugConnectedX size={18} aria-hidden />
          {isReachable ? NO_NEWS : navigator.onLine ? NO_ANSWER : OFFLINE}
        </p>
      )}
    </div>
  );
}

const OFFLINE = 'You are offline. Waiting for the network…';
const NO_ANSWER = 'The server does not answer. Trying again…';
const NO_NEWS = 'Live updates do not arrive, so this page asks for them every 10 seconds.';
