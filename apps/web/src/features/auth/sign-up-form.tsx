import { Alert, Button, List, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconCheck, IconPointFilled } from '@tabler/icons-react';
import { inviteCodeIn } from '@hindsight/shared/community/invite';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { passwordComplaint, passwordRules, usernameComplaint } from './password-rules.ts';
import { useAfterSignIn } from './use-after-sign-in.ts';

export function SignUpForm({
  submitLabel,
  invite,
}: {
  submitLabel: string;
  /**
   * The code comes from the invite that led here; `needed` means that it must be typed, because accounts are made by
   * invite only.
   */
  invite: { code: string } | 'needed' | null;
}) {
  const enter = useAfterSignIn();
  const form = useForm({
    initialValues: { username: '', password: '', invite: '' },
    validateInputOnBlur: ['username'],
    validate: {
      username: usernameComplaint,
      password: (value, { username }) => passwordComplaint(value, username),
      invite: (value) =>
        invite === 'needed' && inviteCodeIn(value) === null ? 'Paste the link that you were sent' : null,
    },
  });
  const register = trpc.auth.register.useMutation({
    onSuccess: enter,
    onError(error) {
      const { code, text, remedy } = presentError(error);
      if (code === 'USERNAME_TAKEN') form.setFieldError('username', text);
      if (code === 'INVITE_INVALID' && invite === 'needed') form.setFieldError('invite', `${text} ${remedy}`);
    },
  });
  const error = register.error === null ? null : presentError(register.error);
  const isAtField =
    error?.code === 'USERNAME_TAKEN' || (error?.code === 'INVITE_INVALID' && invite === 'needed');
  const { username, password } = form.values;

  function submit(values: typeof form.values): void {
    const inviteCode = invite === 'needed' ? inviteCodeIn(values.invite) : (invite?.code ?? null);
    register.mutate({
      username: values.username,
      password: values.password,
      ...(inviteCode === null ? {} : { inviteCode }),
    });
  }

  return (
    <form noValidate onSubmit={form.onSubmit(submit)}>
      <Stack gap="md">
        {error !== null && !isAtField && (
          <Alert color="red" variant="light" title={error.text} role="alert">
            {error.remedy}
          </Alert>
        )}
        {invite === 'needed' && (
          <TextInput
            label="Invite link or code"
            autoComplete="off"
            size="md"
            {...form.getInputProps('invite')}
          />
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
