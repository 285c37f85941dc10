import { CloseButton, Text } from '@mantine/core';
import { skipToken } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { RoomSession } from '@hindsight/shared/replay/replay';
import { SECOND } from '@hindsight/shared/units';
import { trpc } from '../../../api/trpc.ts';
import { RecordingDot } from '../../../domain/replay/recording-badge.tsx';
import classes from '../capture/capture-toasts.module.css';
import { recordingsToAnnounce, type RecordingNotice } from './recordings-to-announce.ts';

const NOTICE_STAYS_MS = 10 * SECOND;

/** Announces each recording that begins in the channel that the person is in, on every page. */
export function RecordingNotices({
  channelId,
  myUserId,
}: {
  channelId: string | null;
  myUserId: string | null;
}) {
  const { data: sessions } = trpc.replay.status.useQuery(channelId === null ? skipToken : { channelId });
  const [notices, setNotices] = useState<RecordingNotice[]>([]);
  const told = useRef(new Set<string>());
  const lookedAt = useRef<string | null>(null);

  const onSessions = useEffectEvent((current: RoomSession[] | undefined) => {
    if (channelId === null || current === undefined || myUserId === null) {
      if (channelId === null) lookedAt.current = null;
      setNotices([]);
      return;
    }
    const isFirstLook = lookedAt.current !== channelId;
    lookedAt.current = channelId;
    const fresh = recordingsToAnnounce(current, { told: told.current, myUserId, isFirstLook });
    for (const { sessionId } of fresh) told.current.add(sessionId);
    // A recording that has ended in the meantime isn't announced any more.
    const running = new Set(current.map(({ id }) => id));
    setNotices((shown) => [...shown.filter(({ sessionId }) => running.has(sessionId)), ...fresh]);
  });
  useEffect(() => onSessions(sessions), [sessions, channelId, myUserId]);

  const dismiss = (sessionId: string) =>
    setNotices((shown) => shown.filter((notice) => notice.sessionId !== sessionId));
  return (
    <section className={classes.notices} aria-label="Recordings that began" aria-live="polite">
      {notices.map((notice) => (
        <Notice key={notice.sessionId} text={notice.text} onGone={() => dismiss(notice.sessionId)} />
      ))}
    </section>
  );
}

function Notice({ text, onGone }: { text: string; onGone: () => void }) {
  const leave = useEffectEvent(onGone);
  useEffect(() => {
    const timer = setTimeout(() => leave(), NOTICE_STAYS_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <p className={classes.notice}>
      <RecordingDot />
      <Text span fw={550} className={classes.noticeText}>
        {text}
      </Text>
      <CloseButton size="sm" aria-label="Dismiss" onClick={onGone} />
    </p>
  );
}
