import { Button, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { markerLabelSchema } from '@hindsight/shared/replay/marker';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatPreciseLength, spokenPreciseLength } from '../../../format/format-length.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { IconButton } from '../../../ui/icon-button.tsx';
import type { TimelineMarker } from '../buffer-timeline.ts';
import classes from './marker-list.module.css';

interface MarkerListProps {
  markers: readonly TimelineMarker[];
  onSeek: (ms: number) => void;
  onChange: (markers: TimelineMarker[]) => void;
}

/** Lists the markers, each with ways to go to it, name it or remove it. Shows nothing when there is none. */
export function MarkerList({ markers, onSeek, onChange }: MarkerListProps) {
  const onError = (error: unknown) => announceError(presentError(error));
  const update = trpc.marker.update.useMutation({
    onSuccess: ({ id, label }) =>
      onChange(markers.map((marker) => (marker.id === id ? { ...marker, label } : marker))),
    onError,
  });
  const remove = trpc.marker.remove.useMutation({
    onSuccess: (_answer, { markerId }) => onChange(markers.filter(({ id }) => id !== markerId)),
    onError,
  });
  if (markers.length === 0) return null;
  return (
    <section className={classes.markers} aria-label="Markers">
      <Text size="sm" fw={500}>
        Markers
      </Text>
      <ul className={classes.list}>
        {markers.map(({ id, offsetMs, label }) => (
          <li key={id} className={classes.marker}>
            <Button
              size="compact-sm"
              variant="subtle"
              className={classes.time}
              aria-label={`Go to the marker at ${spokenPreciseLength(offsetMs)}`}
              onClick={() => onSeek(offsetMs)}
            >
              {formatPreciseLength(offsetMs)}
            </Button>
            <MarkerLabel
              label={label}
              place={spokenPreciseLength(offsetMs)}
              onSave={(changed) => update.mutate({ markerId: id, label: changed })}
            />
            <IconButton
              label={`Remove the marker at ${formatPreciseLength(offsetMs)}`}
              size="md"
              onClick={() => remove.mutate({ markerId: id })}
            >
              <IconTrash size={16} />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Shows a marker's label, which is edited in place: Enter or leaving the field saves, Escape takes the change back. */
function MarkerLabel({
  label,
  place,
  onSave,
}: {
  label: string | null;
  place: string;
  onSave: (label: string | null) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);

  function save(): void {
    const typed = draft?.trim();
    setDraft(null);
    if (typed === undefined || typed === (label ?? '')) return;
    const parsed = markerLabelSchema.safeParse(typed);
    onSave(parsed.success ? parsed.data : null);
  }

  return (
    <TextInput
      size="xs"
      className={classes.label}
      aria-label={`Name of the marker at ${place}`}
      placeholder="Name it"
      maxLength={60}
      value={draft ?? label ?? ''}
      // This attribute tells the dialog that this Escape is not for it.
      data-mantine-stop-propagation={draft === null ? undefined : 'true'}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
