import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import {
  IconAdjustmentsHorizontal,
  IconClockShare,
  IconDownload,
  IconFileExport,
  IconLink,
  IconScissors,
  IconShare3,
  IconStack2,
  IconTrash,
} from '@tabler/icons-react';
import { useImperativeHandle, useRef, useState, type RefObject } from 'react';
import { useSearchParams } from 'react-router';
import type { ClipDto, ClipMarkerDto } from '@hindsight/shared/clips/clip';
import { formatPreciseLength } from '../../../format/format-length.ts';
import { ClipTitle } from '../../../domain/clip/clip-title.tsx';
import { IconButton } from '../../../ui/icon-button.tsx';
import { ClipPlayer } from '../../../domain/player/clip-player.tsx';
import { trpc } from '../../../api/trpc.ts';
import { ClipDetails } from './clip-details.tsx';
import { ClipLanes } from './clip-lanes.tsx';
import { readMoment, writeMoment } from './moment-in-address.ts';
import classes from './clip-view.module.css';
import { UnfinishedClip } from './unfinished-clip.tsx';
import { DeleteClipsDialog } from '../deletion/delete-clips-dialog.tsx';
import { PublicLinksDialog } from '../public-links/public-links-dialog.tsx';
import { ReplacementProgress } from './replacement-progress.tsx';
import { SoundLevelsDialog } from './sound-levels-dialog.tsx';
import { TrimEditor } from '../trim/trim-editor.tsx';
import { useConfirmedDeletion } from '../deletion/use-confirmed-deletion.ts';

/** Shows one of my clips, to play, name, trim, share, download and delete. */
export function ClipView({
  clip,
  onShare,
  onExport,
  onDeleted,
  onOpen,
}: {
  clip: ClipDto;
  onShare: () => void;
  /** The function gets the moment that is on screen. */
  onExport: (atMs: number) => void;
  onDeleted: () => void;
  /** The function opens another clip, the one that was cut out of this one. */
  onOpen: (clipId: string) => void;
}) {
  const [query, setQuery] = useSearchParams();
  const utils = trpc.useUtils();
  const playhead = useRef<() => number>(() => 0);
  const [isLinking, setLinking] = useState(false);
  const [isLevelling, setLevelling] = useState(false);
  const [replacementId, setReplacementId] = useState<string | null>(null);
  const deletion = useConfirmedDeletion(onDeleted);
  const isReady = clip.status === 'READY' && clip.videoUrl !== null;
  const isTrimming = isReady && query.has('trim');

  function setTrimming(isOn: boolean): void {
    setQuery(isOn ? { trim: '1' } : {}, { replace: true });
  }

  return (
    <article className={classes.view}>
      <h1 className="visually-hidden">{clip.title}</h1>
      {clip.videoUrl === null || !isReady ? (
        <UnfinishedClip clip={clip} />
      ) : isTrimming ? (
        <TrimEditor
          clip={{ ...clip, videoUrl: clip.videoUrl }}
          onCancel={() => setTrimming(false)}
          onSaved={(trimmed, mode) => {
            if (mode === 'new') onOpen(trimmed.id);
            else {
              setReplacementId(trimmed.id);
              setTrimming(false);
            }
          }}
        />
      ) : (
        <Player clip={{ ...clip, videoUrl: clip.videoUrl }} startAt={query.get('t')} playhead={playhead} />
      )}
      {replacementId !== null && (
        <ReplacementProgress
          replacementId={replacementId}
          onDone={() => {
            setReplacementId(null);
            void utils.clip.get.invalidate({ clipId: clip.id });
          }}
        />
      )}
      {!isTrimming && (
        <div className={classes.titleRow}>
          <div className={classes.title}>
            <ClipTitle clip={clip} size="xl" />
          </div>
          <div className={classes.actions}>
            {isReady && (
              <>
                <Button
                  variant="default"
                  leftSection={<IconScissors size={18} aria-hidden />}
                  onClick={() => setTrimming(true)}
                  disabled={replacementId !== null}
                >
                  Trim
                </Button>
                <Button leftSection={<IconShare3 size={18} aria-hidden />} onClick={onShare}>
                  Share
                </Button>
                <Button
                  variant="default"
                  leftSection={<IconFileExport size={18} aria-hidden />}
                  onClick={() => onExport(Math.round(playhead.current()))}
                >
                  Export
                </Button>
                <Button
                  variant="default"
                  leftSection={<IconLink size={18} aria-hidden />}
                  onClick={() => setLinking(true)}
                >
                  Public link
                </Button>
              </>
            )}
            {clip.downloadUrl !== null && (
              <Button
                component="a"
                href={clip.downloadUrl}
                download
                variant="default"
                leftSection={<IconDownload size={18} aria-hidden />}
              >
                Download
              </Button>
            )}
            {typeof clip.tracksUrl === 'string' && (
              <>
                <Button
                  component="a"
                  href={clip.tracksUrl}
                  download
                  variant="default"
                  leftSection={<IconStack2 size={18} aria-hidden />}
                >
                  Download with separate tracks
                </Button>
                <Button
                  variant="default"
                  leftSection={<IconAdjustmentsHorizontal size={18} aria-hidden />}
                  onClick={() => setLevelling(true)}
                >
                  Sound levels
                </Button>
              </>
            )}
            <Button
              variant="default"
              c="var(--recording)"
              leftSection={<IconTrash size={18} aria-hidden />}
              loading={deletion.isDeleting}
              onClick={() => deletion.ask([clip])}
            >
              Delete
            </Button>
          </div>
        </div>
      )}
      {!isTrimming && <ClipDetails clip={clip} />}
      <DeleteClipsDialog {...deletion.dialog} />
      <SoundLevelsDialog clip={clip} isOpen={isLevelling} onClose={() => setLevelling(false)} />
      <PublicLinksDialog clip={isLinking ? clip : null} onClose={() => setLinking(false)} />
    </article>
  );
}

function Player({
  clip,
  startAt,
  playhead,
}: {
  clip: ClipDto & { videoUrl: string };
  startAt: string | null;
  /** It is given the function that says what is on screen. */
  playhead: RefObject<() => number>;
}) {
  /** The object is the marker that was pressed. It is a new one each time, so that a second press goes there again. */
  const [jump, setJump] = useState<{ ms: number } | null>(null);
  const startAtMs = Math.min(readMoment(startAt) ?? 0, clip.durationMs);
  return (
    <>
      <ClipPlayer
        // For the player, a clip that was made shorter is another clip.
        key={`${clip.id} ${clip.durationMs}`}
        clip={clip}
        startAtMs={startAtMs}
        jump={jump}
        renderActions={(playheadMs) => (
          <CopyMoment clipId={clip.id} playheadMs={playheadMs} playhead={playhead} />
        )}
      />
      <ClipLanes
        // With another length or other voices, other lanes are to be asked for.
        key={`lanes ${clip.id} ${clip.durationMs} ${String(clip.voices)}`}
        clip={clip}
        onSeek={(ms) => setJump({ ms })}
      />
      {clip.markers.length > 0 && (
        <Markers markers={clip.markers} onJump={(offsetMs) => setJump({ ms: offsetMs })} />
      )}
    </>
  );
}

function CopyMoment({
  clipId,
  playheadMs,
  playhead,
}: {
  clipId: string;
  playheadMs: () => number;
  playhead: RefObject<() => number>;
}) {
  useImperativeHandle(playhead, () => playheadMs, [playheadMs]);
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <IconButton
      label={clipboard.copied ? 'Copied' : 'Copy link at this time'}
      onClick={() => {
        const address = new URL(`/clips/${clipId}?t=${writeMoment(playheadMs())}`, window.location.origin);
        clipboard.copy(address.href);
      }}
    >
      <IconClockShare size={18} color={clipboard.copied ? 'var(--accent-text)' : undefined} />
    </IconButton>
  );
}

function Markers({
  markers,
  onJump,
}: {
  markers: readonly ClipMarkerDto[];
  onJump: (offsetMs: number) => void;
}) {
  return (
    <div className={classes.markers} role="group" aria-label="Markers">
      {markers.map(({ offsetMs, label }) => (
        <Button key={offsetMs} size="compact-sm" variant="default" onClick={() => onJump(offsetMs)}>
          <span className="tabular">{formatPreciseLength(offsetMs)}</span>
          {label !== null && <>&nbsp;{label}</>}
        </Button>
      ))}
    </div>
  );
}
