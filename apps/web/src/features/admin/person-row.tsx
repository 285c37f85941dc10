import { Progress, Text } from '@mantine/core';
import { MAX_QUOTA_BYTES, type AdminUser } from '@hindsight/shared/admin';
import { GiB } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatBytes } from '../../format/format-bytes.ts';
import { formatDate } from '../../format/format-date.ts';
import { announceError } from '../../ui/announce-error.ts';
import { NumberField } from '../../ui/fields/number-field.tsx';
import { PersonAvatar } from '../../domain/people/person-avatar.tsx';
import classes from './people-list.module.css';
import { inGigabytes, quotaUsage } from './quota-usage.ts';

/** Shows an account and how full its storage is; its quota is edited in place. */
export function PersonRow({ person }: { person: AdminUser }) {
  const { id, username, isInstanceAdmin, createdAt, communityCount } = person;
  const utils = trpc.useUtils();
  const update = trpc.admin.userQuota.update.useMutation({
    onError: (error) => announceError(presentError(error)),
    onSettled: () => Promise.all([utils.admin.user.invalidate(), utils.quota.invalidate()]),
  });
  const quotaBytes = update.isPending ? update.variables.quotaBytes : person.quota.quotaBytes;
  const { usedBytes, fill, tone, isOver } = quotaUsage({ ...person.quota, quotaBytes });
  const text = `${formatBytes(usedBytes)} of ${formatBytes(quotaBytes)} used`;
  return (
    <li className={classes.row}>
      <PersonAvatar name={username} size={36} />
      <div className={classes.words}>
        <Text fw={550} truncate>
          {username}
        </Text>
        <Text size="xs" c="dimmed">
          {isInstanceAdmin ? 'Admin of this server · ' : ''}
          {communityCount === 1 ? '1 community' : `${communityCount} communities`} · since{' '}
          {formatDate(createdAt)}
        </Text>
      </div>
      <div className={classes.use}>
        <Text size="xs" c="dimmed" className="tabular">
          {text}
        </Text>
        <Progress size="sm" value={fill * 100} color={tone} aria-label={`${username}: ${text}`} />
      </div>
      <NumberField
        label={`Storage of ${username} in GB`}
        className={classes.quota}
        suffix=" GB"
        value={inGigabytes(quotaBytes)}
        min={0}
        max={MAX_QUOTA_BYTES / GiB}
        decimalScale={2}
        onCommit={(gigabytes) => update.mutate({ userId: id, quotaBytes: Math.round(gigabytes * GiB) })}
      />
      {isOver && (
        <Text size="xs" className={classes.over}>
          This is less than {username} uses. Nothing is deleted, but {username} cannot save more until there
          is room.
        </Text>
      )}
    </li>
  );
}
