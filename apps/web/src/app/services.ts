import { createPressClock } from '../api/press-clock.ts';
import { createApiClient, createQueryClient } from '../api/client.ts';
import { reachabilityChanged, silenceChanged, unheardChanged } from '../api/server-link.slice.ts';
import { createServerMonitor, probeHealth } from '../api/server-monitor.ts';
import { createStreamWatch } from '../api/stream-watch.ts';
import { loadPreferences, savePreferences } from '../features/preferences/preferences.storage.ts';
import { createVoiceRoom } from '../features/voice/room/voice-room.ts';
import { preferredColorScheme } from './color-scheme.ts';
import type { AppServices } from './providers.tsx';
import { createStore } from '../store/store.ts';

/** Makes the parts of the app and ties them together: the web's composition root. */
export function createServices({ onSignedOut }: { onSignedOut: () => void }): AppServices {
  const store = createStore(loadPreferences());
  let saved = store.getState().preferences;
  store.subscribe(() => {
    const { preferences } = store.getState();
    if (preferences === saved) return;
    saved = preferences;
    savePreferences(preferences);
  });

  const queryClient = createQueryClient({ onSignedOut });
  const monitor = createServerMonitor({
    probe: probeHealth,
    onChange(isReachable) {
      store.dispatch(reachabilityChanged(isReachable));
      if (isReachable) void queryClient.invalidateQueries();
    },
  });
  let unheardTimes = 0;
  async function noteUnheard(isUnheard: boolean): Promise<void> {
    unheardTimes += 1;
    const times = unheardTimes;
    // What is heard first may have been sent before the outage, so the page is believed again once everything was asked for anew.
    if (!isUnheard) await queryClient.invalidateQueries();
    if (times === unheardTimes) store.dispatch(unheardChanged(isUnheard));
  }
  const streams = createStreamWatch({
    onQuiet() {
      monitor.suspect();
      void queryClient.invalidateQueries();
    },
    onChange: (isSilent) => void store.dispatch(silenceChanged(isSilent)),
    onUnheard: (isUnheard) => void noteUnheard(isUnheard),
  });
  window.addEventListener('online', monitor.suspect);
  window.addEventListener('offline', monitor.suspect);

  const pressClock = createPressClock();
  return {
    store,
    queryClient,
    apiClient: createApiClient({ onSuspicion: monitor.suspect, clock: pressClock, streams }),
    pressClock,
    voiceRoom: createVoiceRoom({ dispatch: store.dispatch }),
    colorSchemeManager: preferredColorScheme(store),
  };
}
