import { Alert, Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactNode } from 'react';
import { nameSchema } from '@hindsight/shared/community/community';
import { presentError } from '../../api/present-error.ts';

interface NameDialogProps {
  isOpen: boolean;
  title: string;
  label: string;
  placeholder?: string;
  /** This is the name before the change. */
  initialName?: string;
  submitLabel: string;
  isPending: boolean;
  error: unknown;
  onSubmit: (name: string) => void;
  onClose: () => void;
  /** The children are choices beneath the name. */
  children?: ReactNode;
}

/** Says what is wrong with a name; null when nothing is. */
export function nameComplaint(value: string): string | null {
  const parsed = nameSchema.safeParse(value);
  if (parsed.success) return null;
  return value.trim() === '' ? 'Type a name' : `It ${parsed.error.issues[0]?.message ?? 'is not valid'}`;
}

/** Asks for a name of something. */
export function NameDialog({ isOpen, title, onClose, ...form }: NameDialogProps) {
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <NameForm {...form} onClose={onClose} />
    </Modal>
  );
}

/** Holds the form. It is made anew with each opening, so that it starts from the name of that moment. */
function NameForm({
  label,
  placeholder,
  initialName = '',
  submitLabel,
  isPending,
  error,
  onSubmit,
  onClose,
  children,
}: Omit<NameDialogProps, 'isOpen' | 'title'>) {
  const form = useForm({ initialValues: { name: initialName }, validate: { name: nameComplaint } });
  const presented = error === null ? null : presentError(error);
  const isTaken = presented?.code === 'NAME_TAKEN';
  return (
    <form noValidate onSubmit={form.onSubmit(({ name }) => onSubmit(name.trim()))}>
      <Stack gap="md">
        {presented !== null && !isTaken && (
          <Alert color="red" variant="light" title={presented.text} role="alert">
            {presented.remedy}
          </Alert>
        )}
        <TextInput
          label={label}
          placeholder={placeholder}
          autoComplete="off"
          data-autofocus
          {...form.getInputProps('name')}
          error={form.errors['name'] ?? (isTaken ? `${presented.text} ${presented.remedy}` : null)}
        />
        {children}
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={isPending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
