import { Radio, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { registrationModeSchema, type RegistrationMode } from '@hindsight/shared/admin';
import { MAX_CHAT_LIMIT_BYTES } from '@hindsight/shared/clips/export';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { announceError } from '../../ui/announce-error.ts';
import { NumberField } from '../../ui/fields/number-field.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import classes from './server-settings.module.css';

const MODES: Record<RegistrationMode, { label: string; hint: string }> = {
  OPEN: { label: 'Open', hint: 'Whoever reaches this server can make an account.' },
  INVITE: { label: 'With an invite', hint: 'An account takes the invite link of a community.' },
  CLOSED: { label: 'Closed', hint: 'Nobody can make an account. Those there are keep working.' },
};

const MB = 1_000_000;

/** Sets who can make an account on this server, and how large exports for chat are. Each change is saved at once. */
export function ServerSettings() {
  const utils = trpc.useUtils();
  const { data, error, refetch } = trpc.admin.settings.get.useQuery();
  /** What was chosen shows at once; that the mutation runs is known a moment later. */
  const [chosen, setChosen] = useState<RegistrationMode | null>(null);
  const update = trpc.admin.settings.update.useMutation({
    onSuccess: (changed) => utils.admin.settings.get.setData(undefined, changed),
    onError: (failure) => announceError(presentError(failure)),
    onSettled() {
      setChosen(null);
      return Promise.all([utils.admin.settings.invalidate(), utils.auth.status.invalidate()]);
    },
  });
  if (data === undefined)
    return error === null ? (
      <Skeleton h={190} aria-label="Loading the settings" />
    ) : (
      <ErrorState error={presentError(error)} onRetry={() => void refetch()} />
    );
  return (
    <>
      <section className={classes.section} aria-labelledby="registration">
        <Title order={2} size="h3" id="registration">
          New accounts
        </Title>
        <Radio.Group
          aria-labelledby="registration"
          className={classes.card}
          value={chosen ?? data.registrationMode}
          onChange={(value) => {
            const registrationMode = registrationModeSchema.parse(value);
            setChosen(registrationMode);
            update.mutate({ registrationMode });
          }}
        >
          <Stack gap={14}>
            {registrationModeSchema.options.map((mode) => (
              <Radio key={mode} value={mode} label={MODES[mode].label} description={MODES[mode].hint} />
            ))}
          </Stack>
        </Radio.Group>
      </section>
      <section className={classes.section} aria-labelledby="chat-limit">
        <Title order={2} size="h3" id="chat-limit">
          Exports for chat
        </Title>
        <div className={classes.card}>
          <Text mb={8}>
            They fit into this size unless people choose another one. Set it to what the chat takes that most
            of you post in.
          </Text>
          <NumberField
            label="Size of exports for chat, in MB"
            suffix=" MB"
            w={140}
            decimalScale={1}
            min={0.1}
            max={MAX_CHAT_LIMIT_BYTES / MB}
            value={data.chatLimitBytes / MB}
            onCommit={(size) => update.mutate({ chatLimitBytes: Math.round(size * MB) })}
          />
        </div>
      </section>
    </>
  );
}
