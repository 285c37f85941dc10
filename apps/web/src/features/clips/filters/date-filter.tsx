import { Button, Popover, Stack, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCalendar } from '@tabler/icons-react';
import { DAY } from '@hindsight/shared/units';
import { dateRangeText } from './date-range-text.ts';
import { toDayText, type LibraryFilters } from './library-filters.ts';

type Days = Pick<LibraryFilters, 'fromDay' | 'toDay'>;

const PRESETS = [
  { label: 'Any time', daysBack: null },
  { label: 'Today', daysBack: 0 },
  { label: 'Last 7 days', daysBack: 6 },
  { label: 'Last 30 days', daysBack: 29 },
];

/** Sets from which days clips are shown: a preset, or a first and a last day. */
export function DateFilter({
  filters,
  nowMs,
  onChange,
}: {
  filters: Days;
  nowMs: number;
  onChange: (days: Partial<Days>) => void;
}) {
  const [isOpen, { close, toggle }] = useDisclosure(false);
  const { fromDay, toDay } = filters;
  const today = toDayText(new Date(nowMs));
  return (
    <Popover opened={isOpen} onDismiss={close} position="bottom-start" trapFocus withRoles={false}>
      <Popover.Target>
        <Button
          variant="default"
          fw={400}
          leftSection={<IconCalendar size={16} aria-hidden />}
          aria-haspopup="dialog"
          aria-expanded={isOpen}
          onClick={toggle}
        >
          {dateRangeText(fromDay, toDay)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label="Date">
        <Stack gap="xs" w={200}>
          {PRESETS.map(({ label, daysBack }) => (
            <Button
              key={label}
              size="compact-md"
              variant="default"
              onClick={() => {
                const start = daysBack === null ? null : new Date(nowMs - daysBack * DAY);
                onChange({ fromDay: start && toDayText(start), toDay: null });
                close();
              }}
            >
              {label}
            </Button>
          ))}
          <TextInput
            type="date"
            label="From"
            value={fromDay ?? ''}
            max={toDay ?? today}
            onChange={(event) => onChange({ fromDay: event.currentTarget.value || null })}
          />
          <TextInput
            type="date"
            label="To"
            value={toDay ?? ''}
            min={fromDay ?? undefined}
            max={today}
            onChange={(event) => onChange({ toDay: event.currentTarget.value || null })}
          />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
