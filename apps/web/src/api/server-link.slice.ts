import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import { useSelector } from 'react-redux';

/** The slice holds whether the server answers, as the monitor last found, and whether its news arrive by themselves. */
const serverLinkSlice = createSlice({
  name: 'serverLink',
  initialState: { isReachable: true, isSilent: false },
  reducers: {
    reachabilityChanged(state, { payload }: PayloadAction<boolean>) {
      state.isReachable = payload;
    },
    silenceChanged(state, { payload }: PayloadAction<boolean>) {
      state.isSilent = payload;
    },
  },
});

export const { reachabilityChanged, silenceChanged } = serverLinkSlice.actions;
export const serverLinkReducer = serverLinkSlice.reducer;

/** Returns what the page knows of its link to the server. */
export function useServerLink(): ReturnType<typeof serverLinkReducer> {
  return useSelector((state: { serverLink: ReturnType<typeof serverLinkReducer> }) => state.serverLink);
}
