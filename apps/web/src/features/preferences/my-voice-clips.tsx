import { Button, Skeleton, Text } from '@mantine/core';
import { useState } from 'react';
import type { MyVoice } from '@hindsight/shared/clips/clip-voices';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatMoment } from '../../format/format-date.ts';
import { formatClipLength } from '../../format/format-length.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import rows from '../../ui/row-list.module.css';
import { PreferenceSection } from './preference-row.tsx';
import classes from './preference-row.module.css';

/** Lists the clips in which the person is heard, whoever has them, and takes their voice out. */
export function MyVoiceClips() {
  const query = trpc.clip.voice.list.useInfiniteQuery(
    { limit: 10 },
    { getNextPageParam: (page) => page.nextCursor ?? undefined },
  );
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const [asked, setAsked] = useState<MyVoice | 'all' | null>(null);
  const clips = data?.pages.flatMap((page) => page.items) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  return (
    <PreferenceSection title="Clips with my voice">
      {data === undefined && error === null && (
        <Skeleton h={56} aria-label="Loading the clips with your voice" />
      )}
      {data === undefined && error !== null && (
        <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
      )}
      {data !== undefined && (
        <Text size="xs" c="dimmed" mb="xs">
          {total === 0
            ? 'No saved clip has your voice.'
            : `${total === 1 ? 'One saved clip has' : `${total} saved clips have`} your voice. Take it out, and the clip is mixed anew without you, for everybody.`}
        </Text>
      )}
      {clips.length > 0 && (
        <ul className={rows['list']} aria-label="Clips with my voice">
          {clips.map((clip) => (
            <li key={clip.clipId} className={rows['row']}>
              <div className={classes.words}>
                <Text fw={550} truncate>
                  {clip.title}
                </Text>
                <Text size="xs" c="dimmed" className="tabular">
                  {describe(clip)}
                </Text>
              </div>
              <Button
                variant="default"
                aria-label={`Take my voice out of ${clip.title}`}
                onClick={() => setAsked(clip)}
              >
                Take my voice out
              </Button>
            </li>
          ))}
        </ul>
      )}
      {total > 0 && (
        <div className={classes.buttons}>
          {hasNextPage && (
            <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              Show more
            </Button>
          )}
          {total > 1 && (
            <Button variant="default" c="var(--recording)" onClick={() => setAsked('all')}>
              Take my voice out of all
            </Button>
          )}
        </div>
      )}
      <TakeOutDialog asked={asked} total={total} onClose={() => setAsked(null)} />
    </PreferenceSection>
  );
}

/** Says whose clip it is, who else can watch it, and what it is. */
function describe({
  isMine,
  ownerName,
  channelName,
  recordedAt,
  durationMs,
  isShared,
  hasLink,
}: MyVoice): string {
  return [
    isMine ? 'Mine' : `${ownerName}’s`,
    channelName,
    formatMoment(recordedAt),
    formatClipLength(durationMs),
    isShared ? 'shared in messages' : null,
    hasLink ? 'public link' : null,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

function TakeOutDialog({
  asked,
  total,
  onClose,
}: {
  asked: MyVoice | 'all' | null;
  total: number;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const outcome = {
    onError: (error: Parameters<typeof presentError>[0]) => announceError(presentError(error)),
    async onSettled() {
      await utils.clip.voice.list.invalidate();
      onClose();
    },
  };
  const takeOut = trpc.clip.voice.takeOut.useMutation(outcome);
  const takeOutOfAll = trpc.clip.voice.takeOutOfAll.useMutation(outcome);
  const where = asked === 'all' ? `all ${total} clips` : `“${asked?.title ?? ''}”`;
  return (
    <ConfirmDialog
      isOpen={asked !== null}
      title={`Take your voice out of ${where}?`}
      keep="Keep"
      action="Take out"
      isPending={takeOut.isPending || takeOutOfAll.isPending}
      onConfirm={() => {
        if (asked === 'all') takeOutOfAll.mutate();
        else if (asked !== null) takeOut.mutate({ clipId: asked.clipId });
      }}
      onClose={onClose}
    >
      It can’t be put back. Whoever is watching at this moment may hear you for up to a quarter of an hour;
      copies that somebody has downloaded stay as they are.
    </ConfirmDialog>
  );
}
