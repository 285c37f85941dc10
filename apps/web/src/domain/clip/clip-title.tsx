import { TextInput, type MantineSize } from '@mantine/core';
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { titleSchema, type ClipDto } from '@hindsight/shared/clips/clip';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import classes from './clip-title.module.css';

/**
 * Shows a clip's title, which is edited in place: Enter or leaving the field saves, Escape takes the change back. A
 * clip that the server hasn't accepted yet (null) can be named already; the name is saved once it is accepted.
 */
export function ClipTitle({ clip, size }: { clip: Pick<ClipDto, 'id' | 'title'> | null; size: MantineSize }) {
  const utils = trpc.useUtils();
  const input = useRef<HTMLInputElement>(null);
  /** The draft is null while nothing has been changed. */
  const [draft, setDraft] = useState<string | null>(null);

  const update = trpc.clip.update.useMutation({
    // The cache is updated at once, so that what is opened next, such as the share dialog, shows the new name. An
    // answer that is on its way still has the old one.
    onMutate({ clipId, title }) {
      void utils.clip.get.cancel({ clipId });
      utils.clip.get.setData({ clipId }, (known) => known && { ...known, title });
    },
    onSuccess: (changed) => utils.clip.get.setData({ clipId: changed.id }, changed),
    onError(error, { clipId }) {
      announceError(presentError(error));
      void utils.clip.get.invalidate({ clipId });
    },
    onSettled: () => setDraft(null),
  });

  function save(): void {
    if (draft === null || clip === null) return;
    const title = titleSchema.safeParse(draft);
    if (title.success && title.data !== clip.title) update.mutate({ clipId: clip.id, title: title.data });
    else setDraft(null);
  }

  const onAccepted = useEffectEvent(() => {
    if (document.activeElement !== input.current) save();
    // A person who was about to name the clip types over the name that just appeared.
    else if (draft === null) input.current?.select();
  });
  useEffect(() => onAccepted(), [clip?.id]);

  return (
    <TextInput
      ref={input}
      aria-label="Title"
      placeholder="New clip"
      size={size}
      variant="unstyled"
      classNames={{ input: classes.input }}
      value={draft ?? clip?.title ?? ''}
      maxLength={120}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
