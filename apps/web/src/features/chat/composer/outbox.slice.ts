import { createSlice, type PayloadAction } from '@reduxjs/toolkit';
import type { MessageDto, MessageTarget } from '@hindsight/shared/chat/message';
import type { PresentedError } from '../../../api/present-error.ts';
import { isSameTarget } from '../unread/message-target.ts';

/** This is the clip of a message that is being written. */
export interface AttachedClip {
  id: string;
  title: string;
  durationMs: number;
  posterUrl: string | null;
}

/** This is a message on its way to the server. */
export interface PendingMessage {
  key: string;
  /** The author is kept because whoever signs in here next must not see the message. */
  authorId: string;
  target: MessageTarget;
  text: string;
  clip: AttachedClip | null;
  /** This was the newest known message when this one was sent. */
  afterId: string | null;
  /** The error says why the message did not arrive; null while it is on its way. */
  error: PresentedError | null;
}

export interface OutboxState {
  messages: PendingMessage[];
}

const initialState: OutboxState = { messages: [] };

const outboxSlice = createSlice({
  name: 'outbox',
  initialState,
  reducers: {
    sendStarted(state, { payload }: PayloadAction<Omit<PendingMessage, 'error'>>) {
      const message = state.messages.find(({ key }) => key === payload.key);
      if (message === undefined) state.messages.push({ ...payload, error: null });
      else message.error = null;
    },
    sendFailed(state, { payload }: PayloadAction<{ key: string; error: PresentedError }>) {
      const message = state.messages.find(({ key }) => key === payload.key);
      if (message !== undefined) message.error = payload.error;
    },
    /** Removes a message that has arrived or is given up. */
    sendEnded(state, { payload: key }: PayloadAction<string>) {
      state.messages = state.messages.filter((message) => message.key !== key);
    },
  },
});

export const { sendStarted, sendFailed, sendEnded } = outboxSlice.actions;
export const outboxReducer = outboxSlice.reducer;

/**
 * Returns the messages that still have to be shown beneath those of a target. The live feed often brings a message
 * before the answer to its sending does (or the answer is lost), and the message must not be shown twice.
 * @param messages oldest first
 */
export function stillPending(
  pending: readonly PendingMessage[],
  target: MessageTarget,
  messages: readonly MessageDto[],
  myUserId: string,
): PendingMessage[] {
  const arrived = new Set<string>();
  return pending.filter((message) => {
    if (message.authorId !== myUserId || !isSameTarget(message.target, target)) return false;
    const since = messages.slice(messages.findLastIndex(({ id }) => id === message.afterId) + 1);
    const match = since.find(
      ({ id, author, text, clip }) =>
        !arrived.has(id) &&
        author?.id === myUserId &&
        text === message.text &&
        (clip?.state === 'present' ? clip.clip.id : null) === (message.clip?.id ?? null),
    );
    if (match !== undefined) arrived.add(match.id);
    return match === undefined;
  });
}
