import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { useSelector } from 'react-redux';

/**
 * The slice holds whether the server answers, as the monitor last found, whether its news arrive by themselves, and whether it was
 * not heard at all for so long that what is shown of it may no longer be true (`isUnheard`).
 */
const serverLinkSlice = createSlice({
  name: 'serverLink',
  initialState: { isReachable: true, isSilent: false, isUnheard: false },
  reducers: {
    reachabilityChanged(state, { payload }: PayloadAction<boolean>) {
      state.isReachable = payload;
    },
    silenceChanged(state, { payload }: PayloadAction<boolean>) {
      state.isSilent = payload;
    },
    unheardChanged(state, { payload }: PayloadAction<boolean>) {
      state.isUnheard = payload;
    },
  },
});

export const { reachabilityChanged, silenceChanged, unheardChanged } = serverLinkSlice.actions;
export const serverLinkReducer = serverLinkSlice.reducer;

/** Returns what the page knows of its link to the server. */
export function useServerLink(): ReturnType<typeof serverLinkReducer> {
  return useSelector((state: { serverLink: ReturnType<typeof serverLinkReducer> }) => state.serverLink);
}
