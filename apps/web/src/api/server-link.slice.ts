import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/** The slice holds whether the server answers, as the monitor last found. */
const serverLinkSlice = createSlice({
  name: 'serverLink',
  initialState: { isReachable: true },
  reducers: {
    reachabilityChanged(state, { payload }: PayloadAction<boolean>) {
      state.isReachable = payload;
    },
  },
});

export const { reachabilityChanged } = serverLinkSlice.actions;
export const serverLinkReducer = serverLinkSlice.reducer;
