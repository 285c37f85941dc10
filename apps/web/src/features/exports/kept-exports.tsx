import { Button, Progress, Text } from '@mantine/core';
import type { ExportDto } from '@hindsight/shared/clips/export';
import { APP_ERRORS } from '@hindsight/shared/errors';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { announceError } from '../../ui/announce-error.ts';
import { useNow } from '../../ui/use-now.ts';
import { exportName } from './export-kinds.ts';
import classes from './export-dialog.module.css';
import { useExportCache } from './use-export-cache.ts';

/** Lists the exports of a clip: those that are being made, and those that are kept until their end. */
export function KeptExports({ items }: { items: readonly ExportDto[] }) {
  const nowMs = useNow(MINUTE);
  if (items.length === 0) return null;
  return (
    <ul className={classes.kept} aria-label="Exports of this clip">
      {items.map((one) => (
        <KeptExport key={one.id} one={one} nowMs={nowMs} />
      ))}
    </ul>
  );
}

function KeptExport({ one, nowMs }: { one: ExportDto; nowMs: number }) {
  const cache = useExportCache();
  const name = exportName(one);
  const remove = trpc.export.remove.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: cache.refresh,
  });
  const isMaking = one.status === 'PROCESSING';
  return (
    <li className={classes.export}>
      <div className={classes.words}>
        <Text fw={500}>{name}</Text>
        <StatusLine one={one} nowMs={nowMs} />
        {isMaking && (
          <Progress size="sm" mt={6} value={(one.progress ?? 0) * 100} aria-label={`${name}: progress`} />
        )}
      </div>
      {one.downloadUrl !== null && (
        <Button
          component="a"
          variant="default"
          href={one.downloadUrl}
          download
          size="sm"
          aria-label={`Download ${name}`}
        >
          Download
        </Button>
      )}
      <Button
        variant="default"
        size="sm"
        loading={remove.isPending}
        aria-label={`${isMaking ? 'Cancel' : 'Delete'} ${name}`}
        onClick={() => remove.mutate({ exportId: one.id })}
      >
        {isMaking ? 'Cancel' : 'Delete'}
      </Button>
    </li>
  );
}

function StatusLine({ one, nowMs }: { one: ExportDto; nowMs: number }) {
  if (one.status === 'FAILED') {
    const { text, remedy } = APP_ERRORS[one.errorCode ?? 'EXPORT_FAILED'];
    return (
      <Text size="sm" c="var(--recording)" role="alert">
        {[text, one.errorDetail, remedy].filter((part) => part !== null).join(' ')}
      </Text>
    );
  }
  const text =
    one.status === 'READY'
      ? `${formatBytes(one.sizeBytes)}, kept for ${leftText(Date.parse(one.endsAt ?? '') - nowMs)}`
      : one.progress === null || one.progress === 0
        ? 'Waiting to be made'
        : `${Math.round(one.progress * 100)} %`;
  return (
    <Text size="sm" c="dimmed" className="tabular" role="status">
      {text}
    </Text>
  );
}

function leftText(leftMs: number): string {
  const minutes = Math.max(1, Math.round(leftMs / MINUTE));
  if (minutes < 60) return minutes === 1 ? '1 more minute' : `${minutes} more minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? '1 more hour' : `${hours} more hours`;
}
