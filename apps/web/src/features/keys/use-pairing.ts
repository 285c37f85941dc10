import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';

/** The extension and this page speak by messages of the window. Those of a pairing all have its state. */
interface PairingMessage {
  type: 'hindsight-pairing-ready' | 'hindsight-pairing-offer' | 'hindsight-pairing-key';
  state: string;
  key?: string;
}

function say(message: PairingMessage): void {
  window.postMessage(message, window.location.origin);
}

/** Tells whether the browser extension has opened this page to be paired, and hands a key over to it. */
export function usePairing(): { isOffered: boolean; handOver: (key: string) => void } {
  const [parameters] = useSearchParams();
  const state = parameters.get('pair');
  const [offeredState, setOfferedState] = useState<string | null>(null);

  useEffect(() => {
    if (state === null) return undefined;
    const onMessage = (event: MessageEvent<Partial<PairingMessage> | null>) => {
      const isOffer = event.data?.type === 'hindsight-pairing-offer' && event.data.state === state;
      if (event.source === window && isOffer) setOfferedState(state);
    };
    window.addEventListener('message', onMessage);
    // The extension may have begun to listen before this page did.
    say({ type: 'hindsight-pairing-ready', state });
    return () => window.removeEventListener('message', onMessage);
  }, [state]);

  const handOver = useCallback(
    (key: string) => {
      if (state !== null) say({ type: 'hindsight-pairing-key', state, key });
    },
    [state],
  );
  return { isOffered: state !== null && offeredState === state, handOver };
}
