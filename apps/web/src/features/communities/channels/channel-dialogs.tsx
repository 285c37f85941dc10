import { useNavigate, useParams } from 'react-router';
import type { ChannelDto, ChannelKind } from '@hindsight/shared/community/community';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { KIND_WORDS } from './channel-icon.tsx';
import { NameDialog } from '../name-dialog.tsx';

/** Adds a channel. A text channel is opened at once; people join a voice channel when they want to. */
export function CreateChannelDialog({
  communityId,
  kind,
  onClose,
}: {
  communityId: string;
  /** The dialog is closed while the kind is null. */
  kind: ChannelKind | null;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const create = trpc.channel.create.useMutation({
    async onSuccess(channel) {
      await utils.community.list.invalidate();
      close();
      if (channel.kind === 'TEXT') void navigate(`/c/${communityId}/${channel.id}`);
    },
  });
  function close(): void {
    create.reset();
    onClose();
  }
  return (
    <NameDialog
      isOpen={kind !== null}
      title={`New ${KIND_WORDS[kind ?? 'TEXT'].one}`}
      label="Name"
      placeholder={kind === 'VOICE' ? 'Game night' : 'clips'}
      submitLabel="Create channel"
      isPending={create.isPending}
      error={create.error}
      onSubmit={(name) => kind !== null && create.mutate({ communityId, kind, name })}
      onClose={close}
    />
  );
}

/** Gives a channel another name. The dialog is closed while `channel` is null. */
export function RenameChannelDialog({
  channel,
  onClose,
}: {
  channel: ChannelDto | null;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const rename = trpc.channel.update.useMutation({
    async onSuccess() {
      await utils.community.list.invalidate();
      close();
    },
  });
  function close(): void {
    rename.reset();
    onClose();
  }
  return (
    <NameDialog
      isOpen={channel !== null}
      title="Rename channel"
      label="Name"
      initialName={channel?.name ?? ''}
      submitLabel="Rename"
      isPending={rename.isPending}
      error={rename.error}
      onSubmit={(name) => channel !== null && rename.mutate({ channelId: channel.id, name })}
      onClose={close}
    />
  );
}

/** Asks once more before a channel is removed. The dialog is closed while `channel` is null. */
export function RemoveChannelDialog({
  channel,
  onClose,
}: {
  channel: ChannelDto | null;
  onClose: () => void;
}) {
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const { channelId } = useParams();
  const remove = trpc.channel.remove.useMutation({
    async onSuccess(_, removed) {
      if (removed.channelId === channelId && channel !== null) void navigate(`/c/${channel.communityId}`);
      await utils.community.list.invalidate();
      onClose();
    },
    onError(error) {
      onClose();
      announceError(presentError(error));
    },
  });
  return (
    <ConfirmDialog
      isOpen={channel !== null}
      title={`Remove ${channel?.name ?? ''}?`}
      keep="Keep"
      action="Remove channel"
      isPending={remove.isPending}
      onConfirm={() => channel !== null && remove.mutate({ channelId: channel.id })}
      onClose={onClose}
    >
      {channel?.kind === 'VOICE'
        ? 'Everybody in it is disconnected, and recordings there end. Clips that were saved stay with their owners.'
        : 'Its messages are deleted for good. Clips that were posted stay with their owners.'}
    </ConfirmDialog>
  );
}
