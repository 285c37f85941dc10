import { Progress, Skeleton, Text } from '@mantine/core';
import { trpc } from '../../../api/trpc.ts';
import { formatBytes } from '../../../format/format-bytes.ts';
import { quotaFill } from './quota-fill.ts';
import classes from './quota-meter.module.css';

const NEARLY_FULL = 0.85;
const FULL = 0.98;

function tone(fill: number): string {
  if (fill >= FULL) return 'red';
  return fill >= NEARLY_FULL ? 'yellow' : 'teal';
}

/** Shows "1.2 of 5 GB used" with a bar that turns amber, then red. */
export function QuotaMeter() {
  const { data } = trpc.quota.mine.useQuery();
  if (data === undefined) return <Skeleton h={34} w={200} />;
  const fill = quotaFill(data);
  const used = formatBytes(data.usedBytes + data.reservedBytes);
  const text = `${used} of ${formatBytes(data.quotaBytes)} used`;
  return (
    <div className={classes.meter}>
      <Text size="xs" c="dimmed" className="tabular">
        {text}
      </Text>
      <Progress size="sm" value={fill * 100} color={tone(fill)} aria-label={`Clip storage: ${text}`} />
    </div>
  );
}
