import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { trpc } from '../../api/trpc.ts';
import { useAppDispatch } from '../../store/hooks.ts';
import { ShareClipDialog } from '../../features/chat/shared-clip/share-clip-dialog.tsx';
import { dialogClosed } from '../../domain/dialogs/dialogs.slice.ts';
import { useShareTargetResolver, useShareTargets } from './use-share-targets.ts';
import { useTargetPath } from './use-target-path.ts';

/**
 * Shares one of my clips, wherever the dialog was asked for.
 * @param props.title as it was then; a new name may still be on its way
 */
export function ShareClip({ clipId, title }: { clipId: string; title: string }) {
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const pathOf = useTargetPath();
  const [search, setSearch] = useState('');
  const { options, isLoading } = useShareTargets(search);
  const resolve = useShareTargetResolver();
  const { data: clip } = trpc.clip.get.useQuery({ clipId });
  const close = () => void dispatch(dialogClosed());

  return (
    <ShareClipDialog
      clip={{ clipId, title: clip?.title ?? title }}
      options={options}
      isLoading={isLoading}
      search={search}
      onSearch={setSearch}
      resolve={resolve}
      onClose={close}
      onShared={({ target }, { kind, label }) => {
        close();
        const id = notifications.show({
          title: 'Clip shared',
          color: 'teal',
          autoClose: 8000,
          message: (
            <>
              {kind === 'channel' ? `In #${label}.` : `With ${label}.`}{' '}
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  notifications.hide(id);
                  void navigate(pathOf(target));
                }}
              >
                Open
              </Button>
            </>
          ),
        });
      }}
    />
  );
}
