import { Modal, Skeleton, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import type { Preview } from '@hindsight/shared/replay/preview';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { CaptureEditor, type CaptureEditorProps } from './capture-editor.tsx';

const PHONE = '(max-width: 48em)';

/**
 * Lets a person choose a part of their own buffer and save it. The dialog shows the buffer as it was when it opened.
 */
export function CaptureDialog({
  onClose,
  ...editor
}: Omit<CaptureEditorProps, 'preview' | 'onManageClips'> & { onClose: () => void }) {
  const isPhone = useMediaQuery(PHONE, false, { getInitialValueInEffect: false });
  return (
    <Modal
      opened
      onClose={onClose}
      title="Choose what to save"
      size={1080}
      fullScreen={isPhone}
      radius={isPhone ? 0 : 'md'}
      transitionProps={{ duration: 150 }}
    >
      <FrozenEditor {...editor} onClose={onClose} />
    </Modal>
  );
}

function FrozenEditor({
  onClose,
  ...editor
}: Omit<CaptureEditorProps, 'preview' | 'onManageClips'> & { onClose: () => void }) {
  const [frozen, setFrozen] = useState<Preview | null>(null);
  const { data, error, refetch } = trpc.replay.preview.useQuery(
    { channelId: editor.channelId },
    // Each opening loads the preview once: what a person chooses from must not change.
    { enabled: frozen === null, gcTime: 0, staleTime: 0, refetchOnWindowFocus: false },
  );
  if (frozen === null && data !== undefined) setFrozen(data);
  if (frozen !== null) return <CaptureEditor {...editor} preview={frozen} onManageClips={onClose} />;
  if (error !== null) return <ErrorState error={presentError(error)} onRetry={() => void refetch()} />;
  return (
    <Stack aria-busy="true" aria-label="Loading your buffer">
      <Skeleton h="40dvh" data-autofocus tabIndex={-1} />
      <Skeleton h={64} />
      <Skeleton h={36} />
    </Stack>
  );
}
