import { Button, Skeleton, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { MAX_PROGRAM_KEYS, type ProgramKeyDto } from '@hindsight/shared/account/program-key';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { IconButton } from '../../ui/icon-button.tsx';
import rows from '../../ui/row-list.module.css';
import { useNow } from '../../ui/use-now.ts';
import { keyState } from './key-texts.ts';
import classes from './key-settings.module.css';
import { NewKeyDialog } from './new-key-dialog.tsx';

/** Lists a person's keys for other programs, to make and revoke them. */
export function KeySettings({ username }: { username: string }) {
  const { data, error, refetch } = trpc.key.list.useQuery();
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<ProgramKeyDto | null>(null);
  const isFull = (data?.length ?? 0) >= MAX_PROGRAM_KEYS;
  return (
    <div className={classes.settings}>
      <Text size="xs" c="dimmed">
        With a key, a macro pad, a script or a home automation saves your clips while you are in a game, or
        fetches them. It can do nothing else with your account.
      </Text>
      {data === undefined && error === null && <Skeleton h={56} aria-busy="true" />}
      {data === undefined && error !== null && (
        <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
      )}
      {data !== undefined && data.length > 0 && (
        <ul className={rows['list']} aria-label="Keys">
          {data.map((key) => (
            <KeyRow key={key.id} programKey={key} onRevoke={() => setRevoked(key)} />
          ))}
        </ul>
      )}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={18} aria-hidden />}
          disabled={data === undefined || isFull}
          onClick={() => setMaking(true)}
        >
          Create key
        </Button>
        {isFull && (
          <Text size="xs" c="dimmed" mt="xs">
            You have {MAX_PROGRAM_KEYS} keys. Revoke one that you no longer need to make another.
          </Text>
        )}
      </div>
      <NewKeyDialog isOpen={isMaking} username={username} onClose={() => setMaking(false)} />
      <RevokeDialog programKey={revoked} onClose={() => setRevoked(null)} />
    </div>
  );
}

function KeyRow({ programKey, onRevoke }: { programKey: ProgramKeyDto; onRevoke: () => void }) {
  const nowMs = useNow(MINUTE);
  const { name } = programKey;
  return (
    <li className={rows['row']}>
      <div className={classes.words}>
        <Text fw={550} truncate>
          {name}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {keyState(programKey, nowMs)}
        </Text>
      </div>
      <IconButton label={`Revoke ${name}`} color="red" onClick={onRevoke}>
        <IconTrash size={18} />
      </IconButton>
    </li>
  );
}

function RevokeDialog({ programKey, onClose }: { programKey: ProgramKeyDto | null; onClose: () => void }) {
  const utils = trpc.useUtils();
  const revoke = trpc.key.revoke.useMutation({
    onError: (error) => announceError(presentError(error)),
    async onSettled() {
      await utils.key.list.invalidate();
      onClose();
    },
  });
  return (
    <ConfirmDialog
      isOpen={programKey !== null}
      title={`Revoke the key for ${programKey?.name ?? ''}?`}
      keep="Keep"
      action="Revoke"
      isPending={revoke.isPending}
      onConfirm={() => programKey !== null && revoke.mutate({ keyId: programKey.id })}
      onClose={onClose}
    >
      It stops working at once. Clips that it saved stay.
    </ConfirmDialog>
  );
}
