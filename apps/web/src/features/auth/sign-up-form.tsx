import { Alert, Button, List, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck, IconPointFilled } from '@tabler/icons-react';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { passwordComplaint, passwordRules, usernameComplaint } from './password-rules.ts';
import { useEnter } from './use-enter.ts';

export function SignUpForm({ submitLabel }: { submitLabel: string }) {
  const enter = useEnter();
  const form = useForm({
    initialValues: { username: '', password: '' },
    validateInputOnBlur: ['username'],
    validate: {
      username: usernameComplaint,
      password: (value, { username }) => passwordComplaint(value, username),
    },
  });
  const register = trpc.auth.register.useMutation({
    onSuccess: enter,
    onError(error) {
      const { code, text } = presentError(error);
      if (code === 'USERNAME_TAKEN') form.setFieldError('username', text);
    },
  });
  const error = register.error === null ? null : presentError(register.error);
  const { username, password } = form.values;

  return (
    <form noValidate onSubmit={form.onSubmit((values) => register.mutate(values))}>
      <Stack gap="md">
        {error !== null && error.code !== 'USERNAME_TAKEN' && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        <TextInput
          label="User name"
          description="2 to 32 letters, digits, and . _ -"
          autoComplete="username"
          autoCapitalize="none"
          size="md"
          {...form.getInputProps('username')}
        />
        <PasswordInput
          label="Password"
          autoComplete="new-password"
          size="md"
          aria-describedby="password-rules"
          {...form.getInputProps('password')}
        />
        <List id="password-rules" size="sm" spacing={2} center p={0}>
          {passwordRules(password, username).map(({ text, isMet }) => (
            <List.Item
              key={text}
              c={isMet ? 'var(--accent-text)' : 'dimmed'}
              icon={isMet ? <IconCheck size={16} aria-hidden /> : <IconPointFilled size={16} aria-hidden />}
            >
              {text}
              <span className="visually-hidden">{isMet ? ', met' : ', not met yet'}</span>
            </List.Item>
          ))}
        </List>
        <Button type="submit" size="md" mt="xs" loading={register.isPending}>
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}
