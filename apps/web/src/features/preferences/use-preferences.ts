import { useDispatch, useSelector } from 'react-redux';
import { preferenceChanged, type Preferences } from './preferences.slice.ts';

/** What this browser remembers, and the way to change it; each change counts at once. */
export function usePreferences(): {
  preferences: Preferences;
  change: (changes: Partial<Preferences>) => void;
} {
  const dispatch = useDispatch();
  const preferences = useSelector((state: { preferences: Preferences }) => state.preferences);
  return { preferences, change: (changes) => dispatch(preferenceChanged(changes)) };
}
