import { Anchor, Button, Skeleton, Text, Title } from '@mantine/core';
import { IconDownload, IconLinkOff } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { presentError } from '../../api/present-error.ts';
import { trpc } from '../../api/trpc.ts';
import { formatMoment } from '../../format/format-date.ts';
import { formatClipLength } from '../../format/format-length.ts';
import { Brand } from '../../ui/brand.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { ClipPlayer } from '../../domain/player/clip-player.tsx';
import classes from './public-clip.module.css';

/** Shows the clip of a public link to anybody, without an account. */
export function PublicClipPage() {
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <Anchor component={Link} to="/" underline="never" c="inherit" aria-label="Hindsight">
          <Brand />
        </Anchor>
        <SignIn />
      </header>
      <main className={classes.main}>
        <LinkedClip />
      </main>
    </div>
  );
}

function SignIn() {
  const { data } = trpc.auth.status.useQuery();
  if (data === undefined) return null;
  return (
    <Button component={Link} to={data.user === null ? '/sign-in' : '/'} variant="default">
      {data.user === null ? 'Sign in' : 'Open Hindsight'}
    </Button>
  );
}

function LinkedClip() {
  const { token = '' } = useParams();
  const { data: clip, error, refetch } = trpc.clip.link.get.useQuery({ token });
  if (error !== null) {
    const presented = presentError(error);
    if (presented.code === 'LINK_GONE' || presented.code === 'VALIDATION_FAILED') return <Gone />;
    if (clip === undefined) return <ErrorState error={presented} onRetry={() => void refetch()} />;
  }
  if (clip === undefined)
    return (
      <div aria-busy="true" aria-label="Loading">
        <Skeleton className={classes.picture} />
        <Skeleton h={66} mt={8} />
        <Skeleton h={28} w="50%" mt="lg" />
        <Skeleton h={16} w="30%" mt="xs" />
      </div>
    );
  return (
    <>
      <title>{`${clip.title} · Hindsight`}</title>
      <ClipPlayer clip={clip} />
      <div className={classes.row}>
        <div className={classes.words}>
          <Title order={1} size="h2">
            {clip.title}
          </Title>
          <Text c="dimmed" className="tabular" mt={4}>
            {`By ${clip.ownerName} · ${formatMoment(clip.pressedAt)} · ${formatClipLength(clip.durationMs)}`}
          </Text>
          {clip.expiresAt !== null && (
            <Text c="dimmed" size="xs" className="tabular" mt={4}>
              This link works until {formatMoment(clip.expiresAt)}.
            </Text>
          )}
        </div>
        <Button
          component="a"
          href={clip.downloadUrl}
          download
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
        >
          Download
        </Button>
      </div>
    </>
  );
}

function Gone() {
  return (
    <div className={classes.gone} role="alert">
      <title>Link not available · Hindsight</title>
      <IconLinkOff size={40} stroke={1.5} color="var(--mantine-color-dimmed)" aria-hidden />
      <Title order={1} size="h2">
        This link does not work any more
      </Title>
      <Text c="dimmed" maw={420}>
        It has expired, was revoked, or the clip was deleted. Ask whoever sent it for a new one.
      </Text>
    </div>
  );
}
