import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { MAX_TITLE_LENGTH } from '@hindsight/shared/clips/clip';
import { titleOfOtherLength } from '@hindsight/shared/clips/default-title';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { presentError, type PresentedError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatPreciseLength } from '../../../format/format-length.ts';
import { ErrorNote } from '../../../ui/error-note.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import type { SelectedClip } from './clip-selection.ts';
import classes from './join-clips-dialog.module.css';

/** Asks in which order clips are joined, and under which title. It is closed while `clips` is null. */
export function JoinClipsDialog({
  clips,
  onClose,
  onJoined,
}: {
  clips: readonly SelectedClip[] | null;
  onClose: () => void;
  onJoined: () => void;
}) {
  return (
    <Modal opened={clips !== null} onClose={onClose} title="Join clips" size="lg">
      {clips !== null && (
        <JoinForm
          clips={clips}
          onClose={onClose}
          onJoined={() => {
            onClose();
            onJoined();
          }}
        />
      )}
    </Modal>
  );
}

function JoinForm({
  clips,
  onClose,
  onJoined,
}: {
  clips: readonly SelectedClip[];
  onClose: () => void;
  onJoined: () => void;
}) {
  const utils = trpc.useUtils();
  const [ordered, setOrdered] = useState(clips);
  const totalMs = clips.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const [first] = clips;
  const [title, setTitle] = useState(first === undefined ? '' : titleOfOtherLength(first, totalMs));
  const [error, setError] = useState<PresentedError | null>(null);
  const join = trpc.clip.join.useMutation({
    async onSuccess() {
      onJoined();
      await Promise.all([utils.clip.list.invalidate(), utils.quota.mine.invalidate()]);
    },
    onError: (reason) => setError(presentError(reason)),
  });

  function move(from: number, to: number): void {
    const moved = ordered[from];
    if (moved === undefined) return;
    setOrdered(ordered.toSpliced(from, 1).toSpliced(to, 0, moved));
  }

  function submit(event: FormEvent): void {
    event.preventDefault();
    setError(null);
    const named = title.trim();
    const clipIds = ordered.map(({ id }) => id);
    join.mutate({ clipIds, ...(named === '' ? {} : { title: named }) });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <ol className={classes.order}>
          {ordered.map((clip, index) => (
            <li key={clip.id} className={classes.clip}>
              <Text className={classes.title}>{clip.title}</Text>
              <Text c="dimmed" className="tabular">
                {formatPreciseLength(clip.durationMs)}
              </Text>
              <IconButton
                label={`Move ${clip.title} up`}
                disabled={index === 0}
                onClick={() => move(index, index - 1)}
              >
                <IconArrowUp size={18} />
              </IconButton>
              <IconButton
                label={`Move ${clip.title} down`}
                disabled={index === ordered.length - 1}
                onClick={() => move(index, index + 1)}
              >
                <IconArrowDown size={18} />
              </IconButton>
            </li>
          ))}
        </ol>
        <TextInput
          label="Title"
          value={title}
          maxLength={MAX_TITLE_LENGTH}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <Text c="dimmed" size="sm">
          The new clip lasts <span className="tabular">{formatPreciseLength(totalMs)}</span>. The clips that
          it is made of stay as they are.
        </Text>
        {error !== null && <ErrorNote error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={join.isPending}>
            Join
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
