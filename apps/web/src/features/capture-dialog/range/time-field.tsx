import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatPreciseLength } from '../../../format/format-length.ts';
import classes from './range-fields.module.css';
import { parseTypedTime } from './parse-typed-time.ts';

/** Shows a moment of the timeline that can be typed. Enter or leaving the field sets it, Escape takes it back. */
export function TimeField({
  label,
  valueMs,
  clockTime,
  onChange,
}: {
  label: string;
  valueMs: number;
  /** This is the time of day of the moment, as text. */
  clockTime: string;
  onChange: (ms: number) => void;
}) {
  /** The draft is null while nothing is being typed. */
  const [draft, setDraft] = useState<string | null>(null);
  const typedMs = draft === null ? null : parseTypedTime(draft);
  const isWrong = draft !== null && typedMs === null;

  function settle(): void {
    // The shown text is rounded, so leaving it unchanged must not move the edge.
    if (typedMs !== null && draft !== formatPreciseLength(valueMs)) onChange(typedMs);
    setDraft(null);
  }

  return (
    <TextInput
      label={label}
      description={clockTime}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      size="sm"
      className={classes.time}
      value={draft ?? formatPreciseLength(valueMs)}
      error={isWrong ? 'Write it as 2:14.3' : undefined}
      inputMode="decimal"
      autoComplete="off"
      onFocus={(event) => event.currentTarget.select()}
      // This attribute tells the dialog that this Escape is not for it.
      data-mantine-stop-propagation={draft === null ? undefined : 'true'}
      onChange={(event) => setDraft(event.currentTarget.value)}
      onBlur={settle}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle();
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
