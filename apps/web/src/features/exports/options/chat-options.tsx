import { NumberInput, SegmentedControl, Text } from '@mantine/core';
import { useState } from 'react';
import { CHAT_LIMITS_BYTES, MAX_CHAT_LIMIT_BYTES } from '@hindsight/shared/clips/export';
import classes from '../export-dialog.module.css';

const MB = 1_000_000;
const OTHER = 'other';

/** Sets the size that an export for chat fits into. */
export function ChatOptions({
  limitBytes,
  onChange,
}: {
  limitBytes: number;
  onChange: (limitBytes: number) => void;
}) {
  const isPreset = CHAT_LIMITS_BYTES.some((preset) => preset === limitBytes);
  const [isOther, setOther] = useState(!isPreset);
  return (
    <div className={classes.row}>
      <Text span id="size-limit">
        Size limit in MB
      </Text>
      <SegmentedControl
        aria-labelledby="size-limit"
        data={[
          ...CHAT_LIMITS_BYTES.map((bytes) => ({ value: String(bytes), label: String(bytes / MB) })),
          { value: OTHER, label: 'Other' },
        ]}
        value={isOther ? OTHER : String(limitBytes)}
        onChange={(value) => {
          setOther(value === OTHER);
          if (value !== OTHER) onChange(Number(value));
        }}
      />
      {isOther && (
        <NumberInput
          aria-label="Size limit in MB"
          suffix=" MB"
          w={120}
          min={0.1}
          max={MAX_CHAT_LIMIT_BYTES / MB}
          decimalScale={1}
          value={limitBytes / MB}
          onChange={(value) => {
            const bytes = Math.round(Number(value) * MB);
            if (bytes > 0 && bytes <= MAX_CHAT_LIMIT_BYTES) onChange(bytes);
          }}
        />
      )}
    </div>
  );
}
