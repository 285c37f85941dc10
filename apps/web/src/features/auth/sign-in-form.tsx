import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { useAfterSignIn } from './use-after-sign-in.ts';

export function SignInForm() {
  const enter = useAfterSignIn();
  const form = useForm({
    initialValues: { username: '', password: '' },
    validate: {
      username: (value) => (value.trim() === '' ? 'Type your user name' : null),
      password: (value) => (value === '' ? 'Type your password' : null),
    },
  });
  const login = trpc.auth.login.useMutation({
    onSuccess: enter,
    onError() {
      form.getInputNode('password')?.focus();
    },
  });
  const error = login.error === null ? null : presentError(login.error);
  const isRefused = error?.code === 'INVALID_CREDENTIALS';

  return (
    <form noValidate onSubmit={form.onSubmit((values) => login.mutate(values))}>
      <Stack gap="md">
        {error !== null && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        <TextInput
          label="User name"
          autoComplete="username"
          autoCapitalize="none"
          size="md"
          data-autofocus
          {...form.getInputProps('username')}
          error={form.errors['username'] ?? isRefused}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          size="md"
          {...form.getInputProps('password')}
          error={form.errors['password'] ?? isRefused}
        />
        <Button type="submit" size="md" mt="xs" loading={login.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}
