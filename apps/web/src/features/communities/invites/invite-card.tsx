import { Skeleton, Text, Title } from '@mantine/core';
import { IconLinkOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { InvitePreview } from '@hindsight/shared/community/invite';
import type { PresentedError } from '../../../api/present-error.ts';
import { Brand } from '../../../ui/brand.tsx';
import { PersonAvatar } from '../../../domain/people/person-avatar.tsx';
import classes from './invite-card.module.css';

function Frame({ children }: { children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>{children}</div>
    </main>
  );
}

/** Shows whose community an invite leads to, who is in it, and the ways to join. */
export function InviteCard({ invite, children }: { invite: InvitePreview; children: ReactNode }) {
  const { communityName, memberCount } = invite;
  return (
    <Frame>
      <Brand />
      <Text c="dimmed" mt="lg">
        You are invited to
      </Text>
      <PersonAvatar name={communityName} size={72} radius={20} />
      <Title order={1} className={classes.name}>
        {communityName}
      </Title>
      <Text c="dimmed" className="tabular">
        {memberCount === 1 ? '1 person is in' : `${memberCount} people are in`}
      </Text>
      <div className={classes.actions}>{children}</div>
    </Frame>
  );
}

/** Stands in place of an invite that no longer works. */
export function BrokenInvite({ error, children }: { error: PresentedError; children: ReactNode }) {
  return (
    <Frame>
      <IconLinkOff size={36} stroke={1.5} color="var(--mantine-color-dimmed)" aria-hidden />
      <div role="alert">
        <Title order={1} size="h3">
          {error.text}
        </Title>
        <Text c="dimmed" mt={4}>
          {error.remedy}
        </Text>
      </div>
      <div className={classes.actions}>{children}</div>
    </Frame>
  );
}

export function InviteSkeleton() {
  return (
    <Frame>
      <Skeleton h={72} w={72} radius={20} aria-busy="true" aria-label="Loading the invite" />
      <Skeleton h={28} w={180} mt="sm" />
      <Skeleton h={36} mt="lg" />
    </Frame>
  );
}
