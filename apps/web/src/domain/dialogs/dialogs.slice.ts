import { createSlice, type PayloadAction } from '@reduxjs/toolkit';

/**
 * This is a dialog that any feature may ask for. The shell's page shows it, so that features need not know each other.
 */
type OpenDialog =
  | { kind: 'share-clip'; clipId: string; title: string }
  | { kind: 'export'; clipId: string; atMs: number }
  | { kind: 'capture'; channelId: string }
  | { kind: 'add-community' }
  | { kind: 'invite-people'; communityId: string };

interface DialogsState {
  open: OpenDialog | null;
}

const initialState: DialogsState = { open: null };

const dialogsSlice = createSlice({
  name: 'dialogs',
  initialState,
  reducers: {
    dialogOpened(state, { payload }: PayloadAction<OpenDialog>) {
      state.open = payload;
    },
    dialogClosed(state) {
      state.open = null;
    },
  },
});

export const { dialogOpened, dialogClosed } = dialogsSlice.actions;
export const dialogsReducer = dialogsSlice.reducer;
