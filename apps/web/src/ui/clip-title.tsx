import { TextInput, type MantineSize } from '@mantine/core';
import { useEffect, useState } from 'react';
import { titleSchema, type ClipDto } from '@hindsight/shared/clip';
import { presentError } from '../api/present-error.ts';
import { trpc } from '../api/trpc.ts';
import { announceError } from './announce-error.ts';
import classes from './clip-title.module.css';

/** A clip's title that is edited where it stands: Enter or leaving it saves, Escape takes the change back. */
export function ClipTitle({ clip, size }: { clip: Pick<ClipDto, 'id' | 'title'>; size: MantineSize }) {
  const utils = trpc.useUtils();
  const [draft, setDraft] = useState(clip.title);
  useEffect(() => setDraft(clip.title), [clip.title]);

  const update = trpc.clip.update.useMutation({
    onSuccess: (changed) => utils.clip.get.setData({ clipId: changed.id }, changed),
    onError(error) {
      setDraft(clip.title);
      announceError(presentError(error));
    },
  });

  function save(): void {
    const title = titleSchema.safeParse(draft);
    if (!title.success) setDraft(clip.title);
    else if (title.data !== clip.title) update.mutate({ clipId: clip.id, title: title.data });
  }

  return (
    <TextInput
      aria-label="Title"
      size={size}
      variant="unstyled"
      classNames={{ input: classes.input }}
      data-size={size}
      value={draft}
      maxLength={120}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(clip.title);
      }}
    />
  );
}
