import { Alert, Button, Group, NativeSelect, PasswordInput, Radio, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { CreatedProgramKey, ProgramKeyScope } from '@hindsight/shared/account/program-key';
import { DAY, HOUR } from '@hindsight/shared/units';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { LengthField } from '../../ui/fields/length-field.tsx';
import { SCOPE_TEXTS } from './key-texts.ts';

/** It stands for a key that never expires. */
const NEVER = '0';
const LIFETIMES = [
  { label: '30 days', value: String((30 * DAY) / HOUR) },
  { label: '90 days', value: String((90 * DAY) / HOUR) },
  { label: '1 year', value: String((365 * DAY) / HOUR) },
  { label: 'Never', value: NEVER },
];
const SCOPES = Object.entries(SCOPE_TEXTS) as [ProgramKeyScope, { name: string; hint: string }][];

/** Makes a key for another program. */
export function KeyForm({
  username,
  onCreated,
  onCancel,
}: {
  username: string;
  onCreated: (key: CreatedProgramKey) => void;
  onCancel: () => void;
}) {
  const utils = trpc.useUtils();
  const form = useForm({
    initialValues: {
      name: '',
      scope: 'PRESS' as ProgramKeyScope,
      pressSeconds: null as number | null,
      lifetime: '8760',
      password: '',
    },
    validate: {
      name: (value) => (value.trim() === '' ? 'Say which program it is for' : null),
      password: (value) => (value === '' ? 'Type your password' : null),
    },
  });
  const create = trpc.key.create.useMutation({
    onSuccess(created) {
      void utils.key.list.invalidate();
      onCreated(created);
    },
    onError(error) {
      const { code, text } = presentError(error);
      if (code === 'WRONG_PASSWORD') form.setFieldError('password', text);
    },
  });
  const error = create.error === null ? null : presentError(create.error);

  return (
    <form
      noValidate
      onSubmit={form.onSubmit(({ lifetime, ...values }) =>
        create.mutate({
          ...values,
          pressSeconds: values.scope === 'PRESS' ? values.pressSeconds : null,
          expiresInHours: lifetime === NEVER ? null : Number(lifetime),
        }),
      )}
    >
      <Stack gap="md">
        {error !== null && error.code !== 'WRONG_PASSWORD' && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="Which program it is for, such as “Stream Deck”."
          maxLength={60}
          data-autofocus
          {...form.getInputProps('name')}
        />
        <Radio.Group label="It may" {...form.getInputProps('scope')}>
          <Stack gap="xs" mt="xs">
            {SCOPES.map(([scope, { name, hint }]) => (
              <Radio key={scope} value={scope} label={name} description={hint} />
            ))}
          </Stack>
        </Radio.Group>
        {form.values.scope === 'PRESS' && (
          <LengthField
            label="Clip length"
            description="What a press saves that names no length."
            placeholder="My default length"
            value={form.values.pressSeconds}
            onCommit={(seconds) => form.setFieldValue('pressSeconds', seconds)}
          />
        )}
        <NativeSelect label="Expires after" data={LIFETIMES} {...form.getInputProps('lifetime')} />
        {/* Password managers want to know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordInput
          label="Your password"
          autoComplete="current-password"
          {...form.getInputProps('password')}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
