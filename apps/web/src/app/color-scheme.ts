import type { MantineColorSchemeManager } from '@mantine/core';
import { preferenceChanged } from '../features/preferences/preferences.slice.ts';
import type { AppStore } from '../store/store.ts';

/** Keeps Mantine's colour scheme with the other preferences instead of in a storage entry of its own. */
export function preferredColorScheme(store: AppStore): MantineColorSchemeManager {
  return {
    get: () => store.getState().preferences.colorScheme,
    set: (colorScheme) => void store.dispatch(preferenceChanged({ colorScheme })),
    subscribe: () => undefined,
    unsubscribe: () => undefined,
    clear: () => undefined,
  };
}
