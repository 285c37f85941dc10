import { Alert, Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { passwordComplaint } from './password-rules.ts';
import { RevokeKeysCheckbox } from './revoke-keys-checkbox.tsx';

/** Gives the account another password, and signs all its other devices out. */
export function PasswordForm({ username, onDone }: { username: string; onDone: () => void }) {
  const form = useForm({
    initialValues: { current: '', new: '', revokeKeys: false },
    validate: {
      current: (value) => (value === '' ? 'Type your current password' : null),
      new: (value) => passwordComplaint(value, username),
    },
  });
  const utils = trpc.useUtils();
  const update = trpc.user.updatePassword.useMutation({
    onSuccess() {
      void utils.key.list.invalidate();
      notifications.show({
        title: 'Password changed',
        message: 'Your other devices are signed out.',
        color: 'teal',
      });
      onDone();
    },
    onError(error) {
      const { code, text } = presentError(error);
      if (code === 'WRONG_PASSWORD') form.setFieldError('current', text);
    },
  });
  const error = update.error === null ? null : presentError(update.error);

  return (
    <form noValidate onSubmit={form.onSubmit((values) => update.mutate(values))}>
      <Stack gap="md" maw={360} py="md">
        {error !== null && error.code !== 'WRONG_PASSWORD' && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        {/* Password managers want to know whose password it is. */}
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          data-autofocus
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description="At least 8 characters, not your user name."
          autoComplete="new-password"
          {...form.getInputProps('new')}
        />
        <RevokeKeysCheckbox {...form.getInputProps('revokeKeys', { type: 'checkbox' })} />
        <div>
          <Button type="submit" loading={update.isPending}>
            Save the new password
          </Button>{' '}
          <Button variant="default" onClick={onDone}>
            Cancel
          </Button>
        </div>
      </Stack>
    </form>
  );
}
