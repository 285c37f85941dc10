import { nanoid } from '@reduxjs/toolkit';
import { useDispatch, useSelector } from 'react-redux';
import type { MessageTarget } from '@hindsight/shared/chat/message';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import type { Draft } from './drafts.storage.ts';
import { sendEnded, sendFailed, sendStarted, type OutboxState, type PendingMessage } from './outbox.slice.ts';
import { useMessagePages } from '../history/use-message-events.ts';

export function useOutbox(): PendingMessage[] {
  return useSelector((state: { outbox: OutboxState }) => state.outbox.messages);
}

/** Sends messages. Each is in the list at once, and stays there if it could not be sent. */
export function useSend() {
  const dispatch = useDispatch();
  const applyToPages = useMessagePages();
  const { mutateAsync } = trpc.message.create.useMutation();

  async function post(pending: Omit<PendingMessage, 'error'>): Promise<void> {
    dispatch(sendStarted(pending));
    const { key, target, text, clip } = pending;
    try {
      const message = await mutateAsync({ target, text, clipId: clip?.id });
      applyToPages({ type: 'created', message });
      dispatch(sendEnded(key));
    } catch (error) {
      dispatch(sendFailed({ key, error: presentError(error) }));
    }
  }

  return {
    send(from: { authorId: string; target: MessageTarget; afterId: string | null }, draft: Draft) {
      void post({ ...from, key: nanoid(), text: draft.text.trim(), clip: draft.clip });
    },
    retry: (pending: PendingMessage) => void post(pending),
    discard: (pending: PendingMessage) => void dispatch(sendEnded(pending.key)),
  };
}
