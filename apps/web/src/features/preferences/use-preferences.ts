import { useDispatch, useSelector } from 'react-redux';
import { preferenceChanged, type Preferences } from './preferences.slice.ts';

/** Returns what this browser remembers, and the way to change it. Each change is saved at once. */
export function usePreferences(): {
  preferences: Preferences;
  change: (changes: Partial<Preferences>) => void;
} {
  const dispatch = useDispatch();
  const preferences = useSelector((state: { preferences: Preferences }) => state.preferences);
  return { preferences, change: (changes) => dispatch(preferenceChanged(changes)) };
}
