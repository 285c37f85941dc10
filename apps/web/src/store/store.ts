import { configureStore } from '@reduxjs/toolkit';
import { serverLinkReducer } from '../api/server-link.slice.ts';
import { outboxReducer } from '../features/chat/composer/outbox.slice.ts';
import { preferencesReducer, type Preferences } from '../features/preferences/preferences.slice.ts';
import { replayReducer } from '../features/replay/session/replay.slice.ts';
import { voiceReducer } from '../features/voice/room/voice.slice.ts';
import { dialogsReducer } from '../domain/dialogs/dialogs.slice.ts';

/** Makes the store for the live state of this browser. What the server knows is in TanStack Query instead. */
export function createStore(preferences: Preferences) {
  return configureStore({
    reducer: {
      serverLink: serverLinkReducer,
      preferences: preferencesReducer,
      voice: voiceReducer,
      replay: replayReducer,
      outbox: outboxReducer,
      dialogs: dialogsReducer,
    },
    preloadedState: { preferences },
  });
}

export type AppStore = ReturnType<typeof createStore>;
export type RootState = ReturnType<AppStore['getState']>;
