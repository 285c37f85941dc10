import { Autocomplete, type AutocompleteProps } from '@mantine/core';
import { useState } from 'react';
import { DAY } from '@hindsight/shared/units';
import { formatPressLength, parsePressLength, SUGGESTED_SECONDS } from '../../format/press-length.ts';

interface LengthFieldProps extends Omit<AutocompleteProps, 'value' | 'defaultValue' | 'onChange' | 'data'> {
  /** The length is in seconds; null where none is chosen. */
  value: number | null;
  /** The function is called with a length that differs from the value. Null is an emptied field. */
  onCommit: (seconds: number | null) => void;
}

/** Shows a field for the length of a clip. Choosing one, Enter or leaving the field commits it, Escape takes it back. */
export function LengthField({ value, onCommit, ...props }: LengthFieldProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const shown = value === null ? '' : formatPressLength(value);

  function commit(text: string | null): void {
    setDraft(null);
    if (text === null) return;
    const seconds = text.trim() === '' ? null : parsePressLength(text, DAY);
    const isLength = seconds !== null || text.trim() === '';
    if (isLength && seconds !== value) onCommit(seconds);
  }

  return (
    <Autocomplete
      {...props}
      data={SUGGESTED_SECONDS.map(formatPressLength)}
      filter={({ options }) => options}
      value={draft ?? shown}
      error={draft !== null && draft.trim() !== '' && parsePressLength(draft, DAY) === null}
      onChange={setDraft}
      onOptionSubmit={commit}
      onBlur={() => commit(draft)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit(draft);
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
