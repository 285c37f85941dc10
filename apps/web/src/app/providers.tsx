import { MantineProvider, type MantineColorSchemeManager } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import type { PropsWithChildren } from 'react';
import { Provider } from 'react-redux';
import { PressClockContext, type PressClock } from '../api/press-clock.ts';
import { trpc } from '../api/trpc.ts';
import { VoiceRoomContext } from '../features/voice/room/voice-room.context.ts';
import type { VoiceRoom } from '../features/voice/room/voice-room.ts';
import type { AppStore } from '../store/store.ts';
import { cssVariablesResolver, theme } from './theme.ts';

export interface AppServices {
  store: AppStore;
  queryClient: QueryClient;
  apiClient: ReturnType<typeof trpc.createClient>;
  pressClock: PressClock;
  voiceRoom: VoiceRoom;
  colorSchemeManager: MantineColorSchemeManager;
}

/** Provides everything that the components below may ask for. */
export function Providers({
  store,
  queryClient,
  apiClient,
  pressClock,
  voiceRoom,
  colorSchemeManager,
  children,
}: PropsWithChildren<AppServices>) {
  return (
    <Provider store={store}>
      <trpc.Provider client={apiClient} queryClient={queryClient}>
        <QueryClientProvider client={queryClient}>
          <PressClockContext value={pressClock}>
            <VoiceRoomContext value={voiceRoom}>
              <MantineProvider
                theme={theme}
                cssVariablesResolver={cssVariablesResolver}
                colorSchemeManager={colorSchemeManager}
                defaultColorScheme={store.getState().preferences.colorScheme}
              >
                <Notifications position="top-right" limit={4} />
                {children}
              </MantineProvider>
            </VoiceRoomContext>
          </PressClockContext>
        </QueryClientProvider>
      </trpc.Provider>
    </Provider>
  );
}
