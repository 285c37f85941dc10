import { useSelector } from 'react-redux';

/** `ask` offers notifications after the first press; `on` and `off` are what the person chose. */
export type NoticeChoice = 'ask' | 'on' | 'off';

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
