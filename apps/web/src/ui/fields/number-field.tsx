import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';

interface NumberFieldProps extends Omit<
  NumberInputProps,
  'value' | 'defaultValue' | 'onChange' | 'min' | 'max' | 'aria-label'
> {
  /** The label is the accessible name. */
  label: string;
  value: number;
  min: number;
  max: number;
  /**
   * The function is called with a number in the range that differs from the value, at Enter or when the field is left.
   */
  onCommit: (value: number) => void;
}

/** Shows a field for a number. Enter or leaving the field commits it, Escape takes it back. */
export function NumberField({ label, value, min, max, onCommit, ...props }: NumberFieldProps) {
  const [draft, setDraft] = useState<string | number | null>(null);

  function commit(): void {
    const entered = typeof draft === 'number' && draft >= min && draft <= max ? draft : null;
    if (entered !== null && entered !== value) onCommit(entered);
    setDraft(null);
  }

  return (
    <NumberInput
      {...props}
      aria-label={label}
      value={draft ?? value}
      min={min}
      max={max}
      clampBehavior="none"
      allowNegative={false}
      hideControls
      onChange={setDraft}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
