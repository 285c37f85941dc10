import { Button, Text } from '@mantine/core';
import { formatPreciseLength, spokenPreciseLength } from '../../../format/format-length.ts';
import { moveEdge, type RangeLimits, type TimeRange } from '../../../domain/timeline/time-range.ts';
import { rangePresets } from './range-presets.ts';
import classes from './range-fields.module.css';
import { TimeField } from './time-field.tsx';

/** Shows the selection in figures: one-click lengths up to the end, fields for both edges, and its length. */
export function RangeFields({
  range,
  limits,
  lengthMs,
  originAt,
  onChange,
}: {
  range: TimeRange;
  limits: RangeLimits;
  /** The length counts only the picture in the selection. */
  lengthMs: number;
  /** This is the true time of the timeline's start, in epoch ms. */
  originAt: number;
  onChange: (range: TimeRange) => void;
}) {
  const [inMs, outMs] = range;
  return (
    <div className={classes.fields}>
      <div className={classes.presets} role="group" aria-label="Lengths up to the end">
        {rangePresets(limits.durationMs).map(({ label, range: preset }) => (
          <Button
            key={label}
            size="compact-sm"
            variant={preset[0] === inMs && preset[1] === outMs ? 'light' : 'default'}
            aria-pressed={preset[0] === inMs && preset[1] === outMs}
            onClick={() => onChange(preset)}
          >
            {label}
          </Button>
        ))}
      </div>
      <div className={classes.times}>
        <TimeField
          label="Start"
          valueMs={inMs}
          clockTime={clockTime(originAt + inMs)}
          onChange={(ms) => onChange(moveEdge(range, 'in', ms, limits))}
        />
        <TimeField
          label="End"
          valueMs={outMs}
          clockTime={clockTime(originAt + outMs)}
          onChange={(ms) => onChange(moveEdge(range, 'out', ms, limits))}
        />
        <div className={classes.length}>
          <Text size="sm" fw={500}>
            Length
          </Text>
          <Text className={classes.lengthValue} aria-label={spokenPreciseLength(lengthMs)}>
            {formatPreciseLength(lengthMs)}
          </Text>
        </div>
      </div>
    </div>
  );
}

function clockTime(ms: number): string {
  return new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' }).format(ms);
}
