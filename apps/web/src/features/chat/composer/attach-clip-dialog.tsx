import { Button, Combobox, Modal, ScrollArea, Skeleton, Text, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconMovie, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatAge } from '../../../format/format-date.ts';
import { formatClipLength } from '../../../format/format-length.ts';
import { ErrorState } from '../../../ui/error-state.tsx';
import { useNow } from '../../../ui/use-now.ts';
import classes from './attach-clip-dialog.module.css';
import type { AttachedClip } from './outbox.slice.ts';

/** Lets a person find one of their clips by its title, to send it with a message. */
export function AttachClipDialog({
  isOpen,
  onClose,
  onPick,
}: {
  isOpen: boolean;
  onClose: () => void;
  onPick: (clip: AttachedClip) => void;
}) {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Attach a clip">
      <ClipSearch onPick={onPick} onClose={onClose} />
    </Modal>
  );
}

function ClipSearch({ onPick, onClose }: { onPick: (clip: AttachedClip) => void; onClose: () => void }) {
  const [search, setSearch] = useState('');
  const [searched] = useDebouncedValue(search.trim(), 250);
  const combobox = useCombobox({ opened: true });
  const nowMs = useNow(MINUTE);
  const query = trpc.clip.list.useInfiniteQuery(
    { search: searched === '' ? undefined : searched },
    {
      getNextPageParam: (page) => page.nextCursor ?? undefined,
      placeholderData: (previous) => previous,
    },
  );
  // A failed clip can't be shown; one that is still being saved appears in the message when it is ready.
  const clips = query.data?.pages.flatMap(({ items }) => items).filter(({ status }) => status !== 'FAILED');

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(id) => {
        const clip = clips?.find((candidate) => candidate.id === id);
        if (clip === undefined) return;
        const { title, durationMs, posterUrl } = clip;
        onPick({ id, title, durationMs, posterUrl });
      }}
    >
      <Combobox.EventsTarget>
        <TextInput
          type="search"
          aria-label="Search my clips"
          placeholder="Search my clips"
          leftSection={<IconSearch size={16} aria-hidden />}
          data-autofocus
          // An open combobox keeps Escape for itself, and this one is always open.
          onKeyDown={(event) => event.key === 'Escape' && onClose()}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            combobox.resetSelectedOption();
          }}
        />
      </Combobox.EventsTarget>
      <ScrollArea.Autosize mah="50dvh" mt="sm" type="auto">
        <Combobox.Options aria-label="My clips" aria-busy={query.isPlaceholderData}>
          {query.isPending && <Skeleton h={56} />}
          {query.isError && clips === undefined && (
            <ErrorState error={presentError(query.error)} onRetry={() => void query.refetch()} />
          )}
          {clips?.length === 0 && (
            <Combobox.Empty>
              {searched === '' ? 'You have no clips yet' : `No clip is called “${searched}”`}
            </Combobox.Empty>
          )}
          {clips?.map(({ id, title, posterUrl, durationMs, pressedAt }) => (
            <Combobox.Option key={id} value={id} className={classes.option}>
              <span className={classes.picture}>
                {posterUrl === null ? (
                  <IconMovie size={20} aria-hidden />
                ) : (
                  <img src={posterUrl} alt="" loading="lazy" />
                )}
              </span>
              <span className={classes.words}>
                <Text span fw={600} truncate>
                  {title}
                </Text>
                <Text span size="xs" c="dimmed" className="tabular">
                  {`${formatClipLength(durationMs)} · ${formatAge(pressedAt, nowMs)}`}
                </Text>
              </span>
            </Combobox.Option>
          ))}
        </Combobox.Options>
        {query.hasNextPage && (
          <Button
            fullWidth
            variant="subtle"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Load more
          </Button>
        )}
      </ScrollArea.Autosize>
    </Combobox>
  );
}
