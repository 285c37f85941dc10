import { useSelector } from 'react-redux';
import type { NoticeChoice } from '../../../domain/replay/system-notification.ts';

/** Returns how this browser tells people of what they don't see. */
export function useNoticeSettings(): { areNoticesOn: boolean; isSoundOn: boolean } {
  const choice = useSelector(
    (state: { preferences: { notices: NoticeChoice } }) => state.preferences.notices,
  );
  const isSoundOn = useSelector(
    (state: { preferences: { isSoundOn: boolean } }) => state.preferences.isSoundOn,
  );
  return { areNoticesOn: choice === 'on', isSoundOn };
}
