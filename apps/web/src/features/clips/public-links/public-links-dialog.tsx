import { Button, CopyButton, Group, Modal, Select, Skeleton, Text, TextInput, Tooltip } from '@mantine/core';
import { useState } from 'react';
import type { ClipDto, ClipLinkDto } from '@hindsight/shared/clips/clip';
import { MINUTE } from '@hindsight/shared/units';
import { presentError } from '../../../api/present-error.ts';
import { trpc } from '../../../api/trpc.ts';
import { formatMoment } from '../../../format/format-date.ts';
import { announceError } from '../../../ui/announce-error.ts';
import { useNow } from '../../../ui/use-now.ts';
import { expiryText, LIFETIMES } from './link-lifetimes.ts';
import classes from './public-links-dialog.module.css';

/** Lists the public links of a clip, to make, copy and revoke them. The dialog is closed while `clip` is null. */
export function PublicLinksDialog({
  clip,
  onClose,
}: {
  clip: Pick<ClipDto, 'id' | 'title'> | null;
  onClose: () => void;
}) {
  return (
    <Modal opened={clip !== null} onClose={onClose} title="Public links" size="lg">
      {clip !== null && <PublicLinks clip={clip} />}
    </Modal>
  );
}

function PublicLinks({ clip }: { clip: Pick<ClipDto, 'id' | 'title'> }) {
  const utils = trpc.useUtils();
  const [lifetime, setLifetime] = useState('168');
  const clipId = clip.id;
  const links = trpc.clip.link.list.useQuery({ clipId });
  const create = trpc.clip.link.create.useMutation({
    onSuccess: (link) => utils.clip.link.list.setData({ clipId }, (known = []) => [link, ...known]),
    onError: (error) => announceError(presentError(error)),
  });
  return (
    <>
      <Text c="dimmed">
        Whoever has a link can watch and download “{clip.title}” without an account, until it expires or you
        revoke it.
      </Text>
      <Group align="flex-end" mt="md" gap="sm">
        <Select
          label="Works for"
          data={LIFETIMES}
          value={lifetime}
          allowDeselect={false}
          w={160}
          onChange={(value) => value !== null && setLifetime(value)}
        />
        <Button
          data-autofocus
          loading={create.isPending}
          onClick={() =>
            create.mutate({ clipId, expiresInHours: lifetime === 'never' ? null : Number(lifetime) })
          }
        >
          Create link
        </Button>
      </Group>
      <div className={classes.links}>
        {links.isPending && <Skeleton h={56} />}
        {links.error !== null && (
          <Text c="red" role="alert">
            {presentError(links.error).text} {presentError(links.error).remedy}
          </Text>
        )}
        {links.data?.length === 0 && <Text c="dimmed">No links yet.</Text>}
        {links.data?.map((link) => (
          <LinkRow key={link.id} link={link} />
        ))}
      </div>
    </>
  );
}

function LinkRow({ link }: { link: ClipLinkDto }) {
  const utils = trpc.useUtils();
  const nowMs = useNow(MINUTE);
  const address = new URL(link.path, window.location.origin).href;
  const revoke = trpc.clip.link.revoke.useMutation({
    onSuccess: () =>
      utils.clip.link.list.setData({ clipId: link.clipId }, (known) =>
        known?.filter(({ id }) => id !== link.id),
      ),
    onError(error) {
      announceError(presentError(error));
      void utils.clip.link.list.invalidate({ clipId: link.clipId });
    },
  });
  return (
    <div className={classes.link}>
      <div className={classes.words}>
        <TextInput
          aria-label="Link"
          size="sm"
          readOnly
          value={address}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Tooltip label={link.expiresAt === null ? 'Until you revoke it' : formatMoment(link.expiresAt)}>
          <Text size="xs" c="dimmed" span>
            {expiryText(link.expiresAt, nowMs)}
          </Text>
        </Tooltip>
      </div>
      <CopyButton value={address}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy} miw={84}>
            {copied ? 'Copied' : 'Copy'}
          </Button>
        )}
      </CopyButton>
      <Button
        variant="subtle"
        color="red"
        loading={revoke.isPending}
        onClick={() => revoke.mutate({ linkId: link.id })}
      >
        Revoke
      </Button>
    </div>
  );
}
